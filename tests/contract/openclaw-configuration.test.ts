// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { AGENTS } from "../../agents.ts";
import {
  configurationText,
  type Json,
  renderConfiguration,
} from "../../components/openclaw/configuration.ts";
import { gatewayOverlay } from "../../components/openclaw/gatewayOverlay.ts";
import { configurationProblems } from "../../components/openclaw/rules.ts";
import { OPENCLAW_VERSIONS, type OpenclawVersion } from "../../components/openclaw/version.ts";
import { openclawOverlay } from "../../skills/plane-bridge/overlay.ts";
import { BridgeHome } from "../support/bridgeHome.ts";
import { installOpenclaw } from "../support/openclawInstall.ts";

// Both versions' own programs read what this project renders, and agree with its rules.
const home = await BridgeHome.create("http://127.0.0.1:9", {});
after(() => home.remove());

const CHANNEL = { botToken: "${TELEGRAM_BOT_TOKEN}", dmPolicy: "allowlist", allowFrom: [123456789] };
const BASE = {
  channels: {
    telegram: { ...CHANNEL, groups: { "*": { requireMention: true } }, groupAllowFrom: [123456789] },
  },
  plugins: { allow: ["telegram"] },
  models: {
    providers: { litellm: { baseUrl: "http://litellm:4000/v1", apiKey: "${LITELLM_API_KEY}", models: [] } },
  },
  agents: {
    list: [
      { id: "concierge", tools: { allow: ["read", "exec"] } },
      { id: "guest", sandbox: { mode: "off" } },
      { id: "builder", name: "Imhotep" },
    ],
  },
  hooks: { mappings: [{ id: "mail", match: { path: "mail" }, action: "agent", agentId: "guest" }] },
};

function rendered(version: OpenclawVersion, base: Json): Json {
  const paths = {
    plugin: home.folder,
    configFile: `${home.folder}/config.json`,
    sandboxNetwork: "javisi_sandbox",
  };
  return renderConfiguration(
    version,
    base,
    openclawOverlay(version, AGENTS, paths),
    gatewayOverlay(base, { logLevel: "debug" }),
  );
}

/** What a version's own program says of a configuration; undefined: that it is good. */
async function verdict(version: OpenclawVersion, configuration: Json): Promise<string | undefined> {
  const program = await installOpenclaw(version);
  const env = {
    PATH: process.env["PATH"],
    HOME: home.folder,
    OPENCLAW_STATE_DIR: home.folder,
    OPENCLAW_CONFIG_PATH: home.write(`${version}/openclaw.json`, configurationText(configuration)),
    OPENCLAW_GATEWAY_TOKEN: "gateway",
    PLANE_BRIDGE_HOOKS_TOKEN: "hooks",
    TELEGRAM_BOT_TOKEN: "1:a",
    LITELLM_API_KEY: "key",
  };
  // The command that reads the whole file; there is none of its own for that (contracts/openclaw).
  const args = [program, "config", "get", "gateway.mode"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) =>
      resolve(error ? stdout + stderr : undefined),
    );
  });
}

for (const version of OPENCLAW_VERSIONS) {
  test(`OPENCLAW-UPG-02: ${version} itself reads what is rendered for it, from a base with channels, models, agents and hooks`, async () => {
    const configuration = rendered(version, BASE);
    assert.deepEqual(configurationProblems(version, configuration), []);
    assert.equal(await verdict(version, configuration), undefined);
  });
}

const telegram = (settings: Json): Json => ({ channels: { telegram: { ...CHANNEL, ...settings } } });
const builder = (tools: Json): Json => ({ agents: { list: [{ id: "builder", tools }] } });
const REFUSED: [OpenclawVersion, string, Json][] = [
  ["2026.2.23", "secrets", { ...BASE, secrets: {} }],
  ["2026.2.23", "kaneo", { ...BASE, kaneo: {} }],
  ["2026.2.26", "channels.telegram.allowFrom", telegram({ allowFrom: [] })],
  // What no schema of a gateway's tells.
  ["2026.2.23", "channels.telegram.dmPolicy", telegram({ dmPolicy: "everyone" })],
  ["2026.2.26", "channels.telegram.webhookSecret", telegram({ webhookUrl: "https://work.example.org/bot" })],
  ["2026.2.23", "channels.telegrm", { channels: { telegrm: {} } }],
  [
    "2026.2.26",
    "agents.list.0.tools",
    builder({ byProvider: { litellm: { allow: ["a"], alsoAllow: ["b"] } } }),
  ],
  ["2026.2.23", "session.maintenance.rotateBytes", { session: { maintenance: { rotateBytes: "ten" } } }],
  ["2026.2.26", "broadcast.family.0", { broadcast: { family: ["nobody"] } }],
];
for (const [version, path, base] of REFUSED) {
  test(`OPENCLAW-UPG-01: ${path} is refused by ${version} itself, and by the rules before it is ever asked`, async () => {
    const configuration = rendered(version, base);
    assert.match(configurationProblems(version, configuration).join("\n"), new RegExp(`^${path}[.:]`, "m"));
    assert.ok((await verdict(version, configuration))?.includes(path));
  });
}
