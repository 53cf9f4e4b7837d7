import { homedir } from "node:os";
import { relative, resolve } from "node:path";
import type { OpenClawConfig, SandboxSettings, ToolSettings } from "./openclaw.ts";

/**
 * The one way to run without sandboxes, for tests and machines where OpenClaw gets no Docker socket: with the value
 * `accept`, what makes a configuration unsafe is only logged.
 */
export const UNSANDBOXED = "PLANE_BRIDGE_UNSANDBOXED";

/** Tools that lead out of a sandbox: one rewrites OpenClaw's configuration, the other runs commands on paired hosts. */
const WAYS_OUT = ["gateway", "nodes"];

/**
 * Why agents could read tokens that are not theirs, key by key; empty when they cannot. Token files, `openclaw.json`
 * and the Docker socket belong to the user that the gateway runs as, so exec and file tools of every agent, ours or
 * not, have to run in a sandbox that sees no more than the agent's own workspace.
 * @param secrets paths that no workspace may contain.
 */
export function unsafe(config: OpenClawConfig, secrets: readonly string[] = []): string[] {
  const { agents = {}, tools } = config;
  const { defaults = {}, list = [] } = agents;
  const mode = defaults.sandbox?.mode;
  return [
    ...(mode === "all" ? [] : [`agents.defaults.sandbox.mode is ${shown(mode)}: it has to be "all"`]),
    ...(tools?.elevated?.enabled === false
      ? []
      : [`tools.elevated.enabled is ${shown(tools?.elevated?.enabled)}: it has to be false`]),
    ...wideTools("tools", tools),
    ...wideSandbox("agents.defaults.sandbox", defaults.sandbox),
    ...wideWorkspace("agents.defaults.workspace", defaults.workspace, secrets),
    ...list.flatMap(({ id, sandbox, tools: own, workspace }) => [
      // Set here too: a run by hook or cron overwrites the defaults with what an agent of the list does not set, in
      // both versions, and is not sandboxed (runCronIsolatedAgentTurn).
      ...(sandbox?.mode === "all"
        ? []
        : [`agent ${id}: sandbox.mode is ${shown(sandbox?.mode)}: it has to be "all", as in the defaults`]),
      ...wideTools(`agent ${id}: tools`, own),
      ...wideSandbox(`agent ${id}: sandbox`, sandbox),
      ...wideWorkspace(`agent ${id}: workspace`, workspace, secrets),
    ]),
  ];
}

function wideTools(key: string, { exec, sandbox }: ToolSettings = {}): string[] {
  const host = exec?.host;
  const deny = sandbox?.tools?.deny;
  return [
    ...(host === undefined || host === "sandbox"
      ? []
      : [`${key}.exec.host is ${shown(host)}: it has to be "sandbox"`]),
    // A list of one's own takes the place of OpenClaw's, which denies them.
    ...(deny === undefined || deny.includes("*")
      ? []
      : WAYS_OUT.filter((name) => !deny.includes(name)).map(
          (name) => `${key}.sandbox.tools.deny has to name ${name}`,
        )),
  ];
}

function wideSandbox(key: string, sandbox: SandboxSettings = {}): string[] {
  const { scope, perSession, docker, browser } = sandbox;
  const shared = scope === "shared" || (scope === undefined && perSession === false);
  return [
    ...(shared ? [`${key}.scope is "shared": it has to be "session" or "agent"`] : []),
    ...(docker?.binds?.length ? [`${key}.docker.binds has to be empty`] : []),
    ...(browser?.binds?.length ? [`${key}.browser.binds has to be empty`] : []),
    ...(browser?.allowHostControl === true ? [`${key}.browser.allowHostControl has to be false`] : []),
    // The gateway's own network, where its loopback is.
    ...(/^(host$|container:)/.test(docker?.network ?? "")
      ? [`${key}.docker.network is ${shown(docker?.network)}: it has to be a network of the sandboxes' own`]
      : []),
  ];
}

function wideWorkspace(key: string, workspace: string | undefined, secrets: readonly string[]): string[] {
  if (workspace === undefined) return [];
  const folder = resolve(workspace.replace(/^~(?=\/|$)/, homedir()));
  return secrets.some((secret) => !relative(folder, resolve(secret)).startsWith(".."))
    ? [`${key} holds the bridge's own files: it has to be a folder beside them`]
    : [];
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
