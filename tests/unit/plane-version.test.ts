import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { check } from "../../providers/plane-migration/migration.ts";
import { compareVersions } from "../../providers/plane-migration/version.ts";

const version = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30));

test("versions are ordered by their numbers, not by their text", () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      const order = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
      assert.equal(Math.sign(compareVersions(`v${a.join(".")}`, `v${b.join(".")}`)), Math.sign(order));
    }),
  );
});

test("a release candidate comes before its release", () => {
  assert.ok(compareVersions("v1.4.0-rc.1", "v1.4.0") < 0);
  assert.ok(compareVersions("v1.4.0-rc.10", "v1.4.0-rc.9") > 0);
});

const inputs = (wanted: string) => ({ version: wanted }) as never;

test("a downgrade of Plane is refused in preview, with the way back", async () => {
  const { failures } = await check(
    { version: "v1.4.0", dumps: "/opt/javisi/data/plane-releases" },
    inputs("v1.3.1"),
  );
  assert.equal(failures?.[0]?.property, "version");
  assert.match(
    failures?.[0]?.reason ?? "",
    /pulumi config set plane:version v1\.4\.0.*\/opt\/javisi\/data\/plane-releases/s,
  );
});

test("an upgrade, the same version, a first run and a restored database are not refused", async () => {
  for (const olds of [{ version: "v1.3.1" }, { version: "v1.4.0" }, {}, { version: "" }])
    assert.equal((await check(olds, inputs("v1.4.0"))).failures, undefined);
});
