import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import type { Pace } from "../../../plane/operation.ts";
import type { Clock } from "./clock.ts";

/**
 * One request after the other per token, over all processes of this machine (OPENCLAW-20): each takes the next free
 * place from a file, under a lock, and waits until then outside of it.
 * @param folder where the files are; their names are hashes of tokens.
 */
export function sharedPace(folder: string, requestsPerSecond: number, clock: Clock): Pace {
  const interval = 1000 / requestsPerSecond;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return async (token) => {
    const file = join(folder, createHash("sha256").update(token).digest("hex").slice(0, 16));
    const release = await locked(file);
    let place: number;
    try {
      place = Math.max(clock.now(), nextPlace(file, clock.now()));
      writeFileSync(file, String(place + interval));
    } finally {
      release();
    }
    const wait = place - clock.now();
    if (wait > 0) await clock.sleep(wait);
  };
}

const LOCK = { realpath: false, stale: 5000 };

/** Nearly always nobody else is at it: then a lock without a turn of the event loop costs least. */
async function locked(file: string): Promise<() => void> {
  try {
    return lockfile.lockSync(file, LOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    const retries = { retries: 50, factor: 1.2, minTimeout: 10, maxTimeout: 200 };
    const release = await lockfile.lock(file, { ...LOCK, retries });
    return () => void release();
  }
}

/** Farther ahead than an hour is no queue but a clock that was set back. */
const BELIEVABLE_MS = 3_600_000;

function nextPlace(file: string, now: number): number {
  try {
    const place = Number(readFileSync(file, "utf8"));
    return Number.isFinite(place) && place < now + BELIEVABLE_MS ? place : 0;
  } catch {
    return 0;
  }
}
