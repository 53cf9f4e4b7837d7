import { readFileSync } from "node:fs";
import { z } from "zod";
import { BridgeError } from "./errors.ts";

const Agent = z.strictObject({
  /** The short name: value of the field `agent_id`, name of the token file. */
  agentId: z.string(),
  /** The id that OpenClaw uses. */
  openclawId: z.string(),
  displayName: z.string(),
  email: z.string(),
  /** What the agent is good at, in one French line. */
  persona: z.string(),
});
export type Agent = z.output<typeof Agent>;

const Config = z.strictObject({
  /** Where the bridge reaches Plane's api: `http://plane-api:8000`. */
  url: z.string(),
  /** Where people open Plane: links in comments start with it. */
  publicUrl: z.string(),
  /** Where the bridge reaches the store of attachments: `http://plane-minio:9000`. */
  storeUrl: z.string(),
  workspace: z.string(),
  agents: z.array(Agent).min(1),
  /** The `agentId` that plans: the only one that creates projects and tasks. */
  concierge: z.string(),
  /** E-mail addresses of who is in every project besides the agents, with the project role. */
  people: z.array(z.strictObject({ email: z.string(), role: z.number() })),
  /** The account whose session does what no API token can: hide a new project from who is not in it. */
  session: z.strictObject({ email: z.string(), passwordFile: z.string() }).optional(),
  /** Folder of the token files, one for each agent, 0600. */
  tokens: z.string(),
  /** Folder for what has to survive a restart: rate, pause file, what the poller has seen. */
  state: z.string(),
  /** Requests a second that one agent may send, all of its processes together (OPENCLAW-20). */
  requestsPerSecond: z.number().positive().default(1),
  /** Requests a minute that the server allows to one token. */
  rateLimit: z.number().positive().default(100),
  /** Largest deliverable in bytes (OPENCLAW-19). */
  fileSizeLimit: z.number().default(52_428_800),
  /** Dollars for a month; absent: no budget is kept. */
  budget: z.number().nonnegative().optional(),
  /** Dollars for an hour of an agent's work: what an estimate is made with (OPENCLAW-11). */
  costPerHour: z.number().positive().default(2),
  /** Who is not woken: agent ids, or `all`. A file `paused` in the state folder adds to it. */
  paused: z.array(z.string()).default([]),
  /** Who wakes agents for new work: the plugin, when it finds some, OpenClaw's cron, at each of its turns, or nobody. */
  polling: z.enum(["plugin", "cron", "off"]).default("plugin"),
  pollMinutes: z.number().positive().default(5),
  /** Page of the logs of one session; `{session}` stands for its id. */
  logs: z.string().optional(),
  /** How the poller wakes an agent: address of OpenClaw's hooks, and the file with their token. */
  wake: z.strictObject({ url: z.string(), tokenFile: z.string() }).optional(),
  /** File with the secret that signs the relay's events. */
  eventsSecretFile: z.string().optional(),
});
/** What the bridge is told by Pulumi, in one file without a secret. */
export type BridgeConfig = z.output<typeof Config>;
export type BridgeSettings = z.input<typeof Config>;

/** @throws BridgeError that says what is wrong with the file. */
export function readConfig(path: string): BridgeConfig {
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new BridgeError(
      `The bridge's configuration ${path} cannot be read: ${(error as Error).message}`,
      "pulumi up writes it; outside of OpenClaw, name another one in PLANE_BRIDGE_CONFIG",
    );
  }
  return parseConfig(settings, path);
}

export function parseConfig(settings: unknown, path = "the configuration"): BridgeConfig {
  const parsed = Config.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new BridgeError(
    `${path} is not what this version of the bridge reads:\n${z.prettifyError(parsed.error)}`,
    "pulumi up writes it anew",
  );
}

/** The agent by one of its names: `agent_id`, OpenClaw's id or e-mail. */
export function agentBy(
  config: BridgeConfig,
  key: "agentId" | "openclawId" | "email",
  value: string,
): Agent | undefined {
  return config.agents.find((agent) => agent[key] === value);
}
