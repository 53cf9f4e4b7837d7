import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import type { Desk } from "./desk.ts";

/**
 * One at a time for a name, over all processes of this machine: external ids are not unique on the server, ten
 * creations at once made two (contracts/plane).
 */
export async function alone<T>({ bridge }: Desk, name: string, work: () => Promise<T>): Promise<T> {
  const folder = join(bridge.config.state, "locks");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const release = await lockfile.lock(join(folder, digest(name)), {
    realpath: false,
    stale: 60_000,
    retries: { retries: 120, factor: 1, minTimeout: 500 },
  });
  try {
    return await work();
  } finally {
    await release();
  }
}

/** A short name out of what makes something the same. */
export function digest(...parts: string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}
