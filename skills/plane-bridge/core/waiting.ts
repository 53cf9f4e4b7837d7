import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bridge, Wake } from "./bridge.ts";
import type { BridgeConfig } from "./config.ts";
import { digest } from "./once.ts";
import { isPaused } from "./pause.ts";

/** Tries to wake an agent; whether that is done with. */
export type Deliver = (agentId: string, message: string) => Promise<boolean>;

/**
 * Wakes nobody who is paused, whoever asks for it: the words wait until {@link deliverWaiting}, and so do those that
 * could not be delivered.
 */
export function orLater(config: () => BridgeConfig, deliver: Deliver): Wake {
  return async (agentId, message) => {
    if (!isPaused(config(), agentId) && (await deliver(agentId, message))) return;
    const folder = folderOf(config(), agentId);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, digest(message)), message, { mode: 0o600 });
  };
}

/** What is being said: whoever cannot be woken, or is paused at that moment, has it kept once more. */
const SAYING = ".saying";

/** Says what an agent was to hear while it was paused or could not be woken. */
export async function deliverWaiting({ config, wake }: Bridge, agentId: string): Promise<void> {
  const folder = folderOf(config, agentId);
  for (const name of namesIn(folder)) {
    const saying = join(folder, name.endsWith(SAYING) ? name : `${name}${SAYING}`);
    renameSync(join(folder, name), saying);
    await wake(agentId, readFileSync(saying, "utf8"));
    rmSync(saying);
  }
}

const folderOf = ({ state }: BridgeConfig, agentId: string) => join(state, "waiting", agentId);

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
