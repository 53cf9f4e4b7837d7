import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { prunable } from "../../providers/openclaw/retention.ts";
import type { SavedRelease } from "../../providers/openclaw/saved.ts";

const VERSIONS = ["2026.2.22", "2026.2.23", "2026.2.26"];

function release(version: string, day: number): SavedRelease {
  const createdAt = new Date(Date.UTC(2026, 1, 1 + day)).toISOString();
  const name = createdAt.slice(0, 10);
  return {
    ...{
      name,
      version,
      createdAt,
      image: `openclaw:${version}`,
      imageId: version,
      tag: `openclaw:backup-${name}`,
    },
    state: { file: "state", sha256: "", bytes: 0, entries: 0, unpacked: 0 },
    imageArchive: { file: "image", sha256: "", bytes: 0 },
    container: "container",
  };
}

const releases = fc
  .array(fc.constantFrom(...VERSIONS), { maxLength: 12 })
  .chain((versions) => fc.shuffledSubarray(versions.map(release), { minLength: versions.length }));

test("OPENCLAW-UPG-09: the archive of a version in use, and the newest of another one, are never pruned", () => {
  fc.assert(
    fc.property(releases, fc.nat(4), fc.subarray(VERSIONS, { minLength: 1 }), (saved, keep, inUse) => {
      const gone = prunable(saved, keep, inUse);
      const stay = saved.filter((each) => !gone.includes(each));
      const newestFirst = saved.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
      for (const version of inUse) {
        for (const needed of [
          newestFirst.find((each) => each.version === version),
          newestFirst.find((each) => each.version !== version),
        ])
          assert.ok(needed === undefined || stay.includes(needed));
      }
      for (const each of newestFirst.slice(0, keep)) assert.ok(stay.includes(each));
      // Bounded: saving every day does not fill the disk.
      assert.ok(stay.length <= keep + 2 * inUse.length);
    }),
  );
});

test("of five releases of two versions the three newest and the one to go back to stay", () => {
  const saved = [0, 1, 2, 3, 4].map((day) => release(day === 0 ? "2026.2.23" : "2026.2.26", day));
  assert.deepEqual(
    prunable(saved, 3, ["2026.2.26"]).map(({ name }) => name),
    ["2026-02-02"],
  );
});
