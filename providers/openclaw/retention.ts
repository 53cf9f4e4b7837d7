import type { SavedRelease } from "./saved.ts";

/**
 * Which saved releases may go: all but the `keep` newest, the newest of each version in use, and the newest of
 * another version than those, which is the one to go back to.
 */
export function prunable(saved: SavedRelease[], keep: number, inUse: string[]): SavedRelease[] {
  const newestFirst = saved.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  const kept = new Set([
    ...newestFirst.slice(0, keep),
    ...inUse.map((version) => newestFirst.find((each) => each.version === version)),
    ...inUse.map((version) => newestFirst.find((each) => each.version !== version)),
  ]);
  return newestFirst.filter((each) => !kept.has(each));
}
