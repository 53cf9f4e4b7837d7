import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { Desk } from "./desk.ts";
import { isTransient } from "./errors.ts";
import { readState, writeState } from "./stateFile.ts";

const Marks = z.record(z.string(), z.object({ mark: z.string(), at: z.number() }));

/** Whoever says the same after this says it again. */
const BELIEVED_MS = 60 * 60_000;

/**
 * Does something under a mark of its own. When no answer came, though it may have been done, the next call for the
 * same gets the same mark, in whatever process (OPENCLAW-15).
 * @param what makes it the same, for the agent of the desk.
 */
export async function withMark(
  desk: Desk,
  what: string,
  work: (mark: string) => Promise<void>,
): Promise<void> {
  const { config, clock } = desk.bridge;
  const path = join(config.state, "unanswered", `${desk.agent.agentId}.json`);
  const marks = () => {
    const recent = Object.entries(readState(path, Marks) ?? {}).filter(
      ([, { at }]) => clock.now() - at < BELIEVED_MS,
    );
    return Object.fromEntries(recent);
  };
  const known = marks();
  const { mark } = (known[what] ??= { mark: randomUUID(), at: clock.now() });
  writeState(path, known);
  const forget = () => {
    const { [what]: _, ...others } = marks();
    writeState(path, others);
  };
  try {
    await work(mark);
  } catch (error) {
    if (!isTransient(error)) forget();
    throw error;
  }
  forget();
}
