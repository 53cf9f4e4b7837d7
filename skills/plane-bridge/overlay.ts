import { CONCIERGE } from "../../agents.ts";
import { PLUGIN } from "./bundle.ts";
import type { Agent } from "./core/config.ts";
import { hookName } from "./core/hook.ts";
import { TOOLS } from "./tools/index.ts";
import type { Tool } from "./tools/tool.ts";

/** Versions whose configuration this was checked against; a key that one does not know stops its gateway. */
export type OpenclawVersion = "2026.2.23" | "2026.2.26";

/** Where things are, in the gateway's container as on the host. */
export interface OverlayPaths {
  /** The plugin's folder. */
  plugin: string;
  /** The bridge's settings. */
  configFile: string;
  /** Docker network of the agents' sandboxes. */
  sandboxNetwork: string;
}

/** The gateway's environment has to hold the hooks' token in this: neither version takes a reference to a file there. */
export const HOOKS_TOKEN_VARIABLE = "PLANE_BRIDGE_HOOKS_TOKEN";

/** Path of OpenClaw's hooks; an agent is woken at `<path>/plane-bridge-<its OpenClaw id>`. */
export const HOOKS_PATH = "/hooks";

/** Of the agents' tool sandboxes; the platform builds it on the host. */
export const SANDBOX_IMAGE = "openclaw-sandbox:bookworm-slim";

const DEFAULT_TOOLS = [
  ...["exec", "process", "read", "write", "edit", "apply_patch", "image"],
  ...["sessions_list", "sessions_history", "sessions_send", "sessions_spawn", "subagents", "session_status"],
];
/** What a version allows in a sandbox by itself: a list takes the place of that, so it has to name these too. */
const SANDBOX_TOOLS: Record<OpenclawVersion, readonly string[]> = {
  "2026.2.23": DEFAULT_TOOLS,
  "2026.2.26": DEFAULT_TOOLS,
};

/**
 * The bridge's part of openclaw.json. `plugins.allow` is not in it, for a list of ours would switch off all other
 * plugins: where the base has one, {@link withPlugin} adds ours.
 */
export function openclawOverlay(
  version: OpenclawVersion,
  agents: readonly Pick<Agent, "agentId" | "openclawId">[],
  { plugin, configFile, sandboxNetwork }: OverlayPaths,
): Record<string, unknown> {
  const gated = namesOf("concierge");
  // By name: the plugin's id, or a gated tool's name, in the list for all would show the gated ones to all.
  const sandboxTools = [...SANDBOX_TOOLS[version], ...namesOf("everyone")];
  const sandbox = {
    mode: "all",
    scope: "session",
    // A workspace of the session's own, with the skills copied in, and nothing else of the state folder.
    workspaceAccess: "none",
    docker: {
      image: SANDBOX_IMAGE,
      network: sandboxNetwork,
      readOnlyRoot: true,
      tmpfs: ["/tmp", "/var/tmp", "/run"],
      capDrop: ["ALL"],
      memory: "256m",
      memorySwap: "256m",
      cpus: 0.25,
      pidsLimit: 256,
    },
  };
  return {
    plugins: {
      load: { paths: [plugin] },
      entries: { [PLUGIN]: { enabled: true, config: { configFile } } },
    },
    agents: {
      defaults: {
        sandbox,
        // More than 5 at once wait (OPENCLAW-UPG-12); more children than the limit would be refused, so it is the highest.
        subagents: { maxConcurrent: 5, maxChildrenPerAgent: 20, runTimeoutSeconds: 1800 },
      },
      list: agents.map(({ agentId, openclawId }) => ({
        id: openclawId,
        // In the list too: a run by hook or cron takes an agent's own settings, those not set as well, for the defaults'.
        sandbox,
        ...(agentId === CONCIERGE && {
          tools: { alsoAllow: gated, sandbox: { tools: { allow: [...sandboxTools, ...gated] } } },
        }),
      })),
    },
    tools: {
      elevated: { enabled: false },
      sandbox: { tools: { allow: sandboxTools } },
    },
    hooks: {
      enabled: true,
      path: HOOKS_PATH,
      token: `\${${HOOKS_TOKEN_VARIABLE}}`,
      // A hook for an agent that does not exist would wake the default one.
      allowedAgentIds: agents.map(({ openclawId }) => openclawId),
      mappings: agents.map(({ openclawId }) => ({
        id: hookName(openclawId),
        match: { path: hookName(openclawId) },
        action: "agent",
        agentId: openclawId,
        name: PLUGIN,
        messageTemplate: "{{message}}",
        allowUnsafeExternalContent: true,
        deliver: false,
        // The run begins at once all the same; "now" adds a turn of OpenClaw's default agent after each.
        wakeMode: "next-heartbeat",
      })),
    },
  };
}

/** A base's `plugins.allow` with ours; none stays none, which allows all. */
export function withPlugin(allow?: readonly string[]): string[] | undefined {
  return allow && [...new Set([...allow, PLUGIN])];
}

function namesOf(callers: Tool["callers"]): string[] {
  return TOOLS.filter((tool) => tool.callers === callers).map(({ name }) => name);
}
