import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareVersions, OPENCLAW_VERSIONS, readsStateOf } from "../../components/openclaw/version.ts";

test("OPENCLAW-UPG-01: the version that runs and the one to go to are known, oldest first", () => {
  assert.deepEqual(OPENCLAW_VERSIONS, ["2026.2.23", "2026.2.26"]);
  assert.deepEqual(OPENCLAW_VERSIONS.toSorted(compareVersions), [...OPENCLAW_VERSIONS]);
});

test("versions are compared number by number, not letter by letter", () => {
  const version = fc.tuple(fc.nat(3000), fc.nat(40), fc.nat(40));
  fc.assert(
    fc.property(version, version, (a, b) => {
      const expected = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
      assert.equal(Math.sign(compareVersions(a.join("."), b.join("."))), Math.sign(expected));
    }),
  );
});

test("OPENCLAW-UPG-10: a newer version reads an older one's state, and an older one only where it was seen to", () => {
  assert.ok(readsStateOf("2026.2.26", "2026.2.23"));
  assert.ok(readsStateOf("2026.2.26", "2026.2.26"));
  assert.ok(readsStateOf("2026.2.23", "2026.2.26"));
  assert.ok(!readsStateOf("2026.2.23", "2026.3.1"));
  assert.ok(!readsStateOf("2026.2.22", "2026.2.23"));
});
