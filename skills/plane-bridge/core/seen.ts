import { join } from "node:path";
import { z } from "zod";
import type { BridgeConfig } from "./config.ts";
import { readState, writeState } from "./stateFile.ts";

const SeenTask = z.object({
  /** `updated_at` of the task as it was seen last. */
  updatedAt: z.string(),
  /** When a change of it was seen last, by our own clock. */
  changed: z.number(),
  /** Whether the agent was told of it. */
  offered: z.boolean(),
  /** When somebody else last did something about it, of what the agent was told. */
  heard: z.string().nullable(),
  /** When its agent was told to go on with what was in progress without a sign; and whether the concierge was told too. */
  reminded: z.number().nullable().default(null),
  reported: z.boolean().default(false),
  /** The unfinished dependencies that it waits for, and when they were read. */
  waitsFor: z.array(z.string()),
  read: z.number(),
});
export type SeenTask = z.output<typeof SeenTask>;

const Seen = z.object({
  /** The agent's open tasks, by id. */
  tasks: z.record(z.string(), SeenTask),
  /** What the concierge has to be told when a task is blocked that an interrupted look was about to block. */
  blocking: z.record(z.string(), z.string()),
  /** Of the concierge alone: open tasks that name no agent, and the month whose budget is spent; told already. */
  strangers: z.array(z.string()),
  spentMonth: z.string().nullable(),
});
/** What the poller has seen of an agent's work, kept over restarts: nobody is woken twice, and nothing is lost. */
export type Seen = z.output<typeof Seen>;

const fileOf = ({ state }: Pick<BridgeConfig, "state">, agentId: string) =>
  join(state, "poller", `${agentId}.json`);

/** Nothing was seen where the file is missing or damaged. */
export function readSeen(config: Pick<BridgeConfig, "state">, agentId: string): Seen {
  return (
    readState(fileOf(config, agentId), Seen) ?? { tasks: {}, blocking: {}, strangers: [], spentMonth: null }
  );
}

export function writeSeen(config: Pick<BridgeConfig, "state">, agentId: string, seen: Seen): void {
  writeState(fileOf(config, agentId), seen);
}
