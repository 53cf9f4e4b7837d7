import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AgentSettings,
  OpenClawConfig,
  SandboxSettings,
} from "../../skills/plane-bridge/faces/plugin/openclaw.ts";
import { unsafe } from "../../skills/plane-bridge/faces/plugin/safety.ts";
import { openclawOverlay } from "../../skills/plane-bridge/overlay.ts";

const safe: OpenClawConfig = {
  agents: { defaults: { sandbox: { mode: "all" } }, list: [{ id: "builder", sandbox: { mode: "all" } }] },
  tools: { elevated: { enabled: false } },
};

const withDefaults = (sandbox: SandboxSettings): OpenClawConfig => ({
  ...safe,
  agents: { defaults: { sandbox: { mode: "all", ...sandbox } } },
});
const withAgent = (settings: AgentSettings): OpenClawConfig => ({
  ...safe,
  agents: {
    defaults: { sandbox: { mode: "all" } },
    list: [{ id: "builder", sandbox: { mode: "all" }, ...settings }],
  },
});

test("AUTH-03: a configuration that sandboxes every agent and elevates none is safe", () => {
  assert.deepEqual(unsafe(safe), []);
});

test("AUTH-03: the overlay that this project writes is safe for both versions", () => {
  const paths = { plugin: "/srv/plugin", configFile: "/srv/bridge/config.json", sandboxNetwork: "sandbox" };
  for (const version of ["2026.2.23", "2026.2.26"] as const) {
    const agents = [{ agentId: "imhotep", openclawId: "builder" }];
    assert.deepEqual(unsafe(openclawOverlay(version, agents, paths), ["/srv/bridge/tokens"]), []);
  }
});

test("AUTH-03: an empty configuration is refused for what it leaves to OpenClaw's defaults", () => {
  assert.deepEqual(unsafe({}), [
    'agents.defaults.sandbox.mode is not set: it has to be "all"',
    "tools.elevated.enabled is not set: it has to be false",
  ]);
});

test("AUTH-03: a sandbox for other than main sessions only is refused", () => {
  assert.deepEqual(unsafe(withDefaults({ mode: "non-main" })), [
    'agents.defaults.sandbox.mode is "non-main": it has to be "all"',
  ]);
});

test("AUTH-03: one agent without a sandbox is enough to refuse, whoever it is", () => {
  assert.deepEqual(unsafe(withAgent({ sandbox: { mode: "off" } })), [
    'agent builder: sandbox.mode is "off": it has to be "all", as in the defaults',
  ]);
  assert.deepEqual(unsafe(withAgent({ sandbox: {} })), [
    'agent builder: sandbox.mode is not set: it has to be "all", as in the defaults',
  ]);
});

test("AUTH-03: an agent may not run commands outside of its sandbox", () => {
  for (const host of ["gateway", "node"]) {
    assert.match(unsafe({ ...safe, tools: { ...safe.tools, exec: { host } } }).join(), /tools\.exec\.host/);
    assert.match(unsafe(withAgent({ tools: { exec: { host } } })).join(), /agent builder: tools\.exec\.host/);
  }
  assert.deepEqual(unsafe(withAgent({ tools: { exec: { host: "sandbox" } } })), []);
});

test("AUTH-03: an own list of denied tools keeps denying those that lead out of a sandbox", () => {
  assert.deepEqual(unsafe(withAgent({ tools: { sandbox: { tools: { deny: ["browser", "nodes"] } } } })), [
    "agent builder: tools.sandbox.tools.deny has to name gateway",
  ]);
  assert.deepEqual(unsafe(withAgent({ tools: { sandbox: { tools: { deny: ["gateway", "nodes"] } } } })), []);
});

test("AUTH-03: a sandbox sees no more than the agent's own workspace", () => {
  assert.deepEqual(unsafe(withDefaults({ scope: "session" })), []);
  for (const [sandbox, key] of [
    [{ scope: "shared" }, "scope"],
    [{ perSession: false }, "scope"],
    [{ docker: { binds: ["/srv:/srv:ro"] } }, "docker.binds"],
    [{ docker: { network: "container:openclaw" } }, "docker.network"],
    [{ docker: { network: "host" } }, "docker.network"],
    [{ browser: { binds: ["/srv:/srv"] } }, "browser.binds"],
    [{ browser: { allowHostControl: true } }, "browser.allowHostControl"],
  ] as const satisfies [SandboxSettings, string][]) {
    const settings: SandboxSettings = sandbox;
    assert.equal(unsafe(withDefaults(settings)).filter((reason) => reason.includes(key)).length, 1, key);
    assert.equal(
      unsafe(withAgent({ sandbox: { mode: "all", ...settings } })).filter((reason) => reason.includes(key))
        .length,
      1,
      key,
    );
  }
});

test("AUTH-03: no workspace may hold the tokens", () => {
  const secrets = ["/srv/openclaw/bridge/tokens"];
  for (const workspace of [
    "/",
    "/srv/openclaw",
    "/srv/openclaw/bridge/tokens/",
    "/srv/openclaw/work/../bridge",
  ]) {
    assert.equal(unsafe(withAgent({ workspace }), secrets).length, 1, workspace);
  }
  for (const workspace of ["/srv/openclaw/work", "/srv/openclaw/bridge/tokens-of-nobody", "~/work"]) {
    assert.deepEqual(unsafe(withAgent({ workspace }), secrets), [], workspace);
  }
});
