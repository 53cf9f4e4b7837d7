import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { diff } from "../../providers/plane-migration/migration.ts";
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

const wanted = (version: string) => ({ version }) as never;
const state = (version: string, since: string) =>
  ({ version, since, dumps: "/opt/javisi/data/plane-releases" }) as never;

test("a version older than the schema is refused in preview, with the way back", async () => {
  await assert.rejects(diff("schema", state("v1.4.1", "v1.4.0"), wanted("v1.3.1")), {
    message:
      /schema of Plane v1\.4\.0.*pulumi config set plane:version v1\.4\.1.*\/opt\/javisi\/data\/plane-releases/s,
  });
});

test("a newer version, the same, an older one with the same schema and a restored database are not refused", async () => {
  for (const [olds, version] of [
    [state("v1.3.1", "v1.3.1"), "v1.4.0"],
    [state("v1.4.0", "v1.4.0"), "v1.4.0"],
    [state("v1.4.2", "v1.4.0"), "v1.4.1"],
    [state("", "v1.4.0"), "v1.3.1"],
  ] as const)
    assert.ok(await diff("schema", olds, wanted(version)));
});
