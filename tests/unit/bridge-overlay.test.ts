import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENTS } from "../../agents.ts";
import { schemaFaults } from "../../components/openclaw/rules/schema.ts";
import { OPENCLAW_VERSIONS } from "../../components/openclaw/version.ts";
import type { OpenClawConfig } from "../../skills/plane-bridge/faces/plugin/openclaw.ts";
import { unsafe } from "../../skills/plane-bridge/faces/plugin/safety.ts";
import { type OpenclawVersion, openclawOverlay, withPlugin } from "../../skills/plane-bridge/overlay.ts";

/** As far as the tests look into it. */
interface Overlay {
  plugins: { load: { paths: string[] }; entries: Record<string, unknown>; allow?: string[] };
  agents: {
    defaults: {
      sandbox: { mode: string; scope: string; workspaceAccess: string; docker: Record<string, unknown> };
      subagents: Record<string, number>;
    };
    list: {
      id: string;
      sandbox: Record<string, unknown>;
      tools?: { alsoAllow: string[]; sandbox: { tools: { allow: string[] } } };
    }[];
  };
  tools: { elevated: { enabled: boolean }; sandbox: { tools: { allow: string[] } } };
  hooks: { token: string; allowedAgentIds: string[] };
}

const FOLDER = "/opt/javisi/data/openclaw/system/plane-bridge";
const PATHS = {
  plugin: `${FOLDER}/plugin`,
  configFile: `${FOLDER}/bridge.json`,
  sandboxNetwork: "javisi_sandbox",
};
const CONCIERGE_ONLY = ["plane_create_task", "plane_create_project", "plane_plan"];

const overlayFor = (version: OpenclawVersion) =>
  openclawOverlay(version, AGENTS, PATHS) as unknown as Overlay;

for (const version of OPENCLAW_VERSIONS) {
  test(`OPENCLAW-UPG-13: ${version} knows every key of the overlay, and a key that it does not know is seen`, () => {
    const overlay = overlayFor(version);
    assert.deepEqual(schemaFaults(version, openclawOverlay(version, AGENTS, PATHS)), []);
    assert.notDeepEqual(schemaFaults(version, { ...overlay, kaneo: {} }), []);
    const sandbox = { ...overlay.agents.defaults.sandbox, memory: "256m" };
    const agents = { ...overlay.agents, defaults: { sandbox } };
    assert.notDeepEqual(schemaFaults(version, { ...overlay, agents }), []);
  });

  test(`OPENCLAW-08: in ${version} the tools that create are the concierge's, and no list shows them to another agent`, () => {
    const { agents, tools } = overlayFor(version);
    const [concierge, ...others] = agents.list.toSorted((a) => (a.id === "concierge" ? -1 : 1));
    assert.deepEqual(concierge?.tools?.alsoAllow.toSorted(), CONCIERGE_ONLY.toSorted());
    for (const name of CONCIERGE_ONLY) {
      assert.ok(concierge?.tools?.sandbox.tools.allow.includes(name), name);
      assert.ok(!tools.sandbox.tools.allow.includes(name), name);
    }
    assert.ok(!tools.sandbox.tools.allow.includes("plane-bridge"));
    assert.equal(others.length, 9);
    for (const agent of others) assert.deepEqual(Object.keys(agent), ["id", "sandbox"]);
  });

  test(`OPENCLAW-02: in ${version} a sandboxed agent has the bridge's tools beside those that a sandbox has by itself`, () => {
    const { allow } = overlayFor(version).tools.sandbox.tools;
    for (const name of ["exec", "read", "sessions_spawn", "plane_list_my_tasks", "plane_upload_deliverable"])
      assert.ok(allow.includes(name), name);
  });
}

test("OPENCLAW-UPG-12: every agent's exec is in a sandbox that sees its session's workspace only, within limits", () => {
  const { agents, tools } = overlayFor("2026.2.26");
  const { mode, scope, workspaceAccess, docker } = agents.defaults.sandbox;
  assert.deepEqual([mode, scope, workspaceAccess], ["all", "session", "none"]);
  for (const { id, sandbox } of agents.list) assert.deepEqual(sandbox, agents.defaults.sandbox, id);
  assert.equal(tools.elevated.enabled, false);
  assert.equal(docker["binds"], undefined);
  assert.deepEqual([docker["network"], docker["memory"], docker["cpus"]], ["javisi_sandbox", "256m", 0.25]);
  assert.deepEqual(agents.defaults.subagents, {
    maxConcurrent: 5,
    maxChildrenPerAgent: 20,
    runTimeoutSeconds: 1800,
  });
});

test("a gateway with the overlay is one that the bridge agrees to start in, and one without its defaults is not", () => {
  const config = openclawOverlay("2026.2.26", AGENTS, PATHS) as OpenClawConfig;
  assert.deepEqual(unsafe(config, [FOLDER]), []);
  assert.notDeepEqual(unsafe({ ...config, agents: { defaults: {} } }, [FOLDER]), []);
});

test("OPENCLAW-10: agents go by the ids that OpenClaw uses, in the list and for the hooks that wake them", () => {
  const { agents, hooks } = overlayFor("2026.2.26");
  const ids = AGENTS.map(({ openclawId }) => openclawId);
  assert.deepEqual(
    agents.list.map(({ id }) => id),
    ids,
  );
  assert.deepEqual(hooks.allowedAgentIds, ids);
});

test("the overlay holds no secret, only the name of the variable with the hooks' token", () => {
  const { hooks } = overlayFor("2026.2.26");
  assert.equal(hooks.token, "${PLANE_BRIDGE_HOOKS_TOKEN}");
});

test("OPENCLAW-01: the plugin is loaded from its folder, told where its settings are, and switches off no other plugin", () => {
  const { load, entries, allow } = overlayFor("2026.2.26").plugins;
  assert.deepEqual(load.paths, [PATHS.plugin]);
  assert.deepEqual(entries, {
    "plane-bridge": { enabled: true, config: { configFile: PATHS.configFile } },
  });
  assert.equal(allow, undefined);
});

test("a base that lists its plugins gets ours added once, and one that allows all keeps doing so", () => {
  assert.equal(withPlugin(), undefined);
  assert.deepEqual(withPlugin(["telegram"]), ["telegram", "plane-bridge"]);
  assert.deepEqual(withPlugin(["plane-bridge", "telegram"]), ["plane-bridge", "telegram"]);
});
