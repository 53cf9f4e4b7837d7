import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BridgeConfig } from "./config.ts";

/** In the state folder: one agent a line, or `all`. Whoever has to stop the agents at once writes it. */
const FILE = "paused";

/** Whether an agent is not to be woken. Read anew each time. */
export function isPaused(
  { paused, state }: Pick<BridgeConfig, "paused" | "state">,
  agentId: string,
): boolean {
  const names = [...paused, ...linesOf(join(state, FILE))];
  return names.includes(agentId) || names.includes("all");
}

function linesOf(file: string): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return text.split("\n").map((line) => line.trim().toLowerCase());
}
