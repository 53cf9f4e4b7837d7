import type { PlaneOpsConfig } from "../../config.ts";

/** OpenClaw's own folder on the host; paths below are relative to it, and the same inside its container (platform.md). */
export function openclawFolder({ root }: Pick<PlaneOpsConfig, "root">): string {
  return `${root}/data/openclaw`;
}

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
