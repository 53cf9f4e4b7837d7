import { readFileSync } from "node:fs";
import { z } from "zod";
import type { OpenClawConfig, PluginApi, ToolContext } from "./openclaw.ts";

const Sessions = z.record(z.string(), z.unknown());
const Session = z.object({ sessionId: z.uuid() });

/**
 * `openclaw-session-<uuid>`: the session that a context belongs to, which OpenClaw does not tell a plugin but lists
 * (OPENCLAW-13). Undefined when it is not listed.
 */
export function sessionIdOf(api: PluginApi, { agentId, sessionKey }: ToolContext): string | undefined {
  if (agentId === undefined || sessionKey === undefined) return undefined;
  const store = api.runtime.config.loadConfig().session?.store;
  try {
    const path = api.runtime.channel.session.resolveStorePath(store, { agentId });
    const sessions = Sessions.parse(JSON.parse(readFileSync(path, "utf8")));
    return `openclaw-session-${Session.parse(sessions[sessionKey]).sessionId}`;
  } catch {
    return undefined;
  }
}

/** The folder that an agent's deliverables have to be in. */
export function workspaceOf(api: PluginApi, context: ToolContext): string | undefined {
  if (context.sandboxed !== undefined) return context.workspaceDir;
  // Where no agent runs, OpenClaw's `workspaceDir` is whatever folder the gateway works in at that moment.
  const { agents }: OpenClawConfig = api.runtime.config.loadConfig();
  const workspace = agents?.list?.find(({ id }) => id === context.agentId)?.workspace;
  return workspace && api.resolvePath(workspace);
}
