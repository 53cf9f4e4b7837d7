import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AGENTS } from "../../agents.ts";
import { match } from "../../workflows/commands/near.ts";
import { anyText } from "../support/anyText.ts";

const names = (name: string) => [name];
const agentIds = AGENTS.map(({ agentId }) => agentId as string);

test("NOTIF-06: capitals, accents and signs make no other name", () => {
  const projects = ["Été 2026", "Refonte-du-site", "🚀"];
  for (const wanted of ["ete 2026", "ÉTÉ  2026", "e\u0301te\u0301 2026"]) {
    assert.deepEqual(match(projects, names, wanted), { found: "Été 2026" });
  }
  assert.deepEqual(match(projects, names, "refonte du site"), { found: "Refonte-du-site" });
  assert.deepEqual(match(projects, names, "🚀"), { found: "🚀" });
  assert.deepEqual(match(projects, names, "!!"), { near: [] });
});

test("NOTIF-06: a slip of the pen gets the names that are near, the nearest first, and is never taken for one", () => {
  assert.deepEqual(match(agentIds, names, "imothep"), { near: ["imhotep"] });
  assert.deepEqual(match(agentIds, names, "tot"), { near: ["thot"] });
  assert.deepEqual(match(["Site A", "Site B", "Autre"], names, "site"), { near: ["Site A", "Site B"] });
  assert.deepEqual(match(agentIds, names, "zzzzzz"), { near: [] });
});

test("NOTIF-06: of two that are written alike, the one that is written exactly so is meant", () => {
  assert.deepEqual(match(["Site", "site"], names, "site"), { found: "site" });
  assert.deepEqual(match(["Site", "site"], names, "SITE"), { near: ["Site", "site"] });
});

test("NOTIF-06: whatever is asked for, what is found goes by that name and what is near is known", () => {
  const list = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(list, anyText(300), (candidates, wanted) => {
      const result = match(candidates, names, wanted);
      if ("found" in result) assert.ok(candidates.includes(result.found));
      else {
        assert.ok(result.near.length <= 3);
        assert.ok(result.near.every((name) => candidates.includes(name)));
      }
      for (const name of candidates) {
        const own = match(candidates, names, name);
        assert.deepEqual(own, { found: name });
      }
    }),
  );
});
