import type { IncomingMessage, ServerResponse } from "node:http";

/** What of OpenClaw's configuration the bridge reads; the same keys in 2026.2.23 and 2026.2.26. */
export interface OpenClawConfig {
  agents?: { defaults?: AgentSettings; list?: ({ id: string } & AgentSettings)[] };
  tools?: ToolSettings;
  session?: { store?: string };
}

export interface AgentSettings {
  workspace?: string;
  sandbox?: SandboxSettings;
  tools?: ToolSettings;
}

export interface SandboxSettings {
  mode?: string;
  scope?: string;
  perSession?: boolean;
  docker?: { binds?: string[]; network?: string };
  browser?: { binds?: string[]; allowHostControl?: boolean };
}

export interface ToolSettings {
  elevated?: { enabled?: boolean };
  exec?: { host?: string };
  sandbox?: { tools?: { deny?: string[] } };
}

/** For whom tools are made: OpenClaw asks anew for each run of an agent. */
export interface ToolContext {
  config?: OpenClawConfig;
  /** OpenClaw's id of the agent, not ours. */
  agentId?: string;
  sessionKey?: string;
  workspaceDir?: string;
  /** Whether the run is sandboxed; absent where no agent runs, as in `POST /tools/invoke`. */
  sandboxed?: boolean;
}

export interface PluginTool {
  name: string;
  label: string;
  description: string;
  /** JSON Schema. */
  parameters: object;
  execute(callId: string, input: unknown): Promise<ToolResult>;
}

/** `details` never reach the model; a `status` of `error` in them makes it a failure. */
export interface ToolResult {
  content: { type: "text"; text: string }[];
  details: unknown;
}

interface Logger {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/**
 * What OpenClaw's plugin API offers, as far as the bridge uses it (docs/tools/plugin.md in OpenClaw's package). The
 * package itself is no dependency: it takes 540 MB.
 */
export interface PluginApi {
  /** As in the manifest. */
  version?: string;
  /** `plugins.entries.plane-bridge.config`; OpenClaw has checked it against the manifest's schema. */
  pluginConfig: { configFile: string };
  logger: Logger;
  runtime: {
    config: {
      /** The configuration as it is now: agents and tools can change without a restart. */
      loadConfig(): OpenClawConfig;
    };
    state: {
      /** Where OpenClaw keeps sessions, credentials and its configuration. */
      resolveStateDir(): string;
    };
    channel: {
      session: {
        /** Where the sessions of an agent are listed. */
        resolveStorePath(store: string | undefined, options: { agentId: string }): string;
      };
    };
  };
  registerTool(
    factory: (context: ToolContext) => PluginTool[] | null,
    options: { names: string[]; optional: boolean },
  ): void;
  registerHttpRoute(route: {
    path: string;
    handler(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
  }): void;
  registerService(service: { id: string; start(): void; stop(): void | Promise<void> }): void;
  on(event: "subagent_spawned", handler: (event: { runId: string; childSessionKey: string }) => void): void;
  on(
    event: "subagent_ended",
    handler: (event: { runId?: string; targetSessionKey: string; outcome?: string }) => void,
  ): void;
  /** A path with `~` as an absolute one. */
  resolvePath(path: string): string;
}
