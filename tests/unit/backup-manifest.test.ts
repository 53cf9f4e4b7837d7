import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf, parseManifest } from "../../scripts/backup/manifest.ts";

const TEXT = [
  "plane-ops 1",
  "saved 20261125T024000Z",
  "plane v1.3.1",
  "database 9895271",
  "member database.dump cca7e042 78988",
  "rows issues 500",
  "rows users 11",
  "member uploads.tar.zst e74cfa93 200490",
  "exported 2026-11-24T18:00:00Z",
  "member stack.json bfa4cf42 18",
  "object 2cf24dba ./uploads/a/rapport final.pdf",
  "",
].join("\n");

test("INFRA-05: a manifest says when, of what, and what an archive holds; names of files may have spaces", () => {
  const { saved, planeVersion, exported, members, rows, objects } = parseManifest(TEXT);
  assert.equal(saved.toISOString(), "2026-11-25T02:40:00.000Z");
  assert.equal(planeVersion, "v1.3.1");
  assert.equal(exported?.toISOString(), "2026-11-24T18:00:00.000Z");
  assert.deepEqual(members, ["database.dump", "uploads.tar.zst", "stack.json"]);
  assert.deepEqual(
    [...rows],
    [
      ["issues", 500],
      ["users", 11],
    ],
  );
  assert.deepEqual([...objects], [["./uploads/a/rapport final.pdf", "2cf24dba"]]);
});

test("INFRA-05: an archive without an export of the stack says so, and one's age stands in its name", () => {
  assert.equal(parseManifest("plane-ops 1\nsaved 20261125T024000Z\n").exported, undefined);
  assert.equal(momentOf("plane-20261125T024000Z.tar").toISOString(), "2026-11-25T02:40:00.000Z");
});
