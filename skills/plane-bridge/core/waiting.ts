import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bridge, Wake } from "./bridge.ts";
import type { BridgeConfig } from "./config.ts";
import { digest } from "./once.ts";
import { isPaused } from "./pause.ts";

/** Wakes nobody who is paused, whoever asks for it: the words wait until {@link deliverWaiting}. */
export function unlessPaused(config: () => BridgeConfig, wake: Wake): Wake {
  return async (agentId, message) => {
    if (!isPaused(config(), agentId)) return wake(agentId, message);
    const folder = folderOf(config(), agentId);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, digest(message)), message, { mode: 0o600 });
  };
}

/** Says what an agent was to hear while it was paused. */
export async function deliverWaiting({ config, wake }: Bridge, agentId: string): Promise<void> {
  const folder = folderOf(config, agentId);
  for (const name of namesIn(folder)) {
    await wake(agentId, readFileSync(join(folder, name), "utf8"));
    rmSync(join(folder, name), { force: true });
  }
}

const folderOf = ({ state }: BridgeConfig, agentId: string) => join(state, "waiting", agentId);

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
