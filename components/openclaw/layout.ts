import type { PlaneOpsConfig } from "../../config.ts";

/** OpenClaw's own folder on the host; paths below are relative to it, and the same inside its container (platform.md). */
export function openclawFolder({ root }: Pick<PlaneOpsConfig, "root">): string {
  return `${root}/data/openclaw`;
}

/** Where things of the gateway's are on the host, all absolute. */
export function openclawPlaces(config: Pick<PlaneOpsConfig, "root" | "prefix">) {
  const { root, prefix } = config;
  const folder = openclawFolder(config);
  return {
    container: `${prefix}_openclaw`,
    folder,
    configFile: `${root}/configs/openclaw/openclaw.json`,
    releases: `${root}/data/openclaw-releases`,
    copies: `${root}/backups/openclaw`,
    owner: OPENCLAW_OWNER,
    // Tokens and plugin are of this moment, whatever state comes back.
    managed: [BRIDGE, `${SKILLS}/plane-bridge`],
  };
}

/** First part of the names of the agents' tool sandboxes. */
export function sandboxPrefix({ prefix }: Pick<PlaneOpsConfig, "prefix">): string {
  return `${prefix}-openclaw-sbx-`;
}

/** Folders of the state that the platform keeps beside `system`, and mounts into it (platform.md). */
export const STATE_PARTS = [
  ...["agents", "canvas", "cron", "devices", "identity", "memory", "sandbox", "sessions", "telegram"],
] as const;

/** Workspaces of the sandboxes: the same path inside as outside, for Docker mounts them by what the gateway says. */
export const SANDBOXES = "state/sandboxes";

/** One folder for each agent, by its `agent_id` (OPENCLAW-UPG-08). */
export const WORKSPACE = "workspace";

/** This program's own files for OpenClaw, and the sockets of its proxy, below the host's folder. */
export const CONFIGS = "configs/openclaw";
export const PROXY_PROGRAM = `${CONFIGS}/socket-proxy.mjs`;
export const PROFILE = `${CONFIGS}/seccomp.json`;
export const SOCKETS = "data/openclaw-docker";

/** OpenClaw runs as this user and group. */
export const OPENCLAW_OWNER = "1000:1000";

/** Folders of OpenClaw's: its state, which is `~/.openclaw` to it, and the skills in there. */
export const STATE = "system";
export const SKILLS = `${STATE}/skills`;

/** Everything of the bridge's. */
const BRIDGE = `${STATE}/plane-bridge`;
export const PLUGIN_FOLDER = `${BRIDGE}/plugin`;
export const SKILL_FOLDER = `${PLUGIN_FOLDER}/skills/plane-bridge`;
export const TOKENS = `${BRIDGE}/tokens`;
export const SECRETS = `${BRIDGE}/secrets`;
/** What the bridge writes itself: pace, what the poller has seen, the pause file. */
export const MEMORY = `${BRIDGE}/state`;
export const SETTINGS_FILE = `${BRIDGE}/bridge.json`;
export const HOOKS_TOKEN_FILE = `${SECRETS}/hooks-token`;
export const PASSWORD_FILE = `${SECRETS}/plane-password`;
export const EVENTS_SECRET_FILE = `${SECRETS}/events`;

/** The skill that the bridge replaces (OPENCLAW-01), and OpenClaw's copies of it in the agents' sandboxes. */
export const KANEO = [
  `${SKILLS}/kaneo-bridge`,
  `${STATE}/sandboxes/*/skills/kaneo-bridge`,
  "state/sandboxes/*/skills/kaneo-bridge",
];
