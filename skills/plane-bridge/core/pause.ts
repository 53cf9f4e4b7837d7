import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
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

/**
 * Pauses an agent, or `all`, or ends that. Whoever the settings pause stays so, and one of all that are paused too.
 * @returns who is paused now, sorted.
 */
export function setPaused(
  { paused, state }: Pick<BridgeConfig, "paused" | "state">,
  agentId: string,
  isPaused: boolean,
): string[] {
  const file = join(state, FILE);
  const others = agentId === "all" ? [] : linesOf(file).filter((name) => name !== "" && name !== agentId);
  const names = isPaused ? [...others, agentId] : others;
  mkdirSync(state, { recursive: true, mode: 0o700 });
  // All of it or nothing: it is read at any moment.
  writeFileSync(`${file}.next`, names.map((name) => `${name}\n`).join(""), { mode: 0o600 });
  renameSync(`${file}.next`, file);
  return [...new Set([...paused, ...names])].sort();
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
