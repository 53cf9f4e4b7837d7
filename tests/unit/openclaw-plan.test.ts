import assert from "node:assert/strict";
import { test } from "node:test";
import type { FoundOpenclaw } from "../../components/openclaw/found.ts";
import { planOf } from "../../components/openclaw/plan.ts";
import { type OpenclawSettings, parseConfig } from "../../config.ts";
import type { SavedRelease } from "../../providers/openclaw/saved.ts";
import { readVersions } from "../../versions.ts";

const SAVED = { name: "2026-02-20", version: "2026.2.23" } as SavedRelease;
const NOTHING: FoundOpenclaw = {
  running: null,
  left: null,
  saved: [SAVED],
  sandboxImage: true,
  trivy: true,
  socketGroup: 0,
  client: "/usr/bin/docker",
};

function plan(version: string, found: Partial<FoundOpenclaw>, settings: Partial<OpenclawSettings> = {}) {
  const raw = { "agents:bridge": "true", "openclaw:enabled": "true", "openclaw:backupDate": "2026-02-28" };
  const config = parseConfig(
    { ...raw, "openclaw:version": version },
    {
      ...{ project: "plane-ops", stack: "local", directory: "/srv/plane-ops" },
      ...{ images: readVersions().images, secretKeys: new Set<string>() },
    },
  );
  const openclaw = config.openclaw ?? assert.fail("openclaw is enabled");
  return planOf(config, { ...openclaw, ...settings }, {}, { ...NOTHING, ...found });
}

test("OPENCLAW-UPG-10: nothing is saved where there is nothing, nor where the same version left the state", () => {
  for (const left of [null, "2026.2.26"]) {
    const { saved, state, restoreFrom } = plan("2026.2.26", { left });
    assert.deepEqual([saved, state, restoreFrom], [undefined, "keep", undefined]);
  }
});

test("OPENCLAW-UPG-10: state that another version left, or nobody knows which, is saved and kept where it can be read", () => {
  const known = plan("2026.2.26", { left: "2026.2.23" });
  assert.match(known.saved?.folder ?? "", /openclaw-releases\/2026-02-28$/);
  assert.deepEqual([known.state, known.stateWrittenBy], ["keep", "2026.2.23"]);
  const unknown = plan("2026.2.26", { left: "unknown" });
  assert.ok(unknown.saved);
  assert.deepEqual([unknown.state, unknown.stateWrittenBy, unknown.breaking], ["keep", undefined, []]);
});

test("OPENCLAW-UPG-09: an older version after a gateway that is gone goes back as it would after one that runs", () => {
  const back = plan("2026.2.23", { left: "2026.2.26" });
  assert.deepEqual([back.state, back.restoreFrom], ["keep", SAVED]);
  assert.equal(plan("2026.2.23", { left: "2026.2.26" }, { rollbackState: "restore" }).state, "restore");
  assert.equal(plan("2026.2.23", { left: "2026.3.1" }).state, "restore");
});
