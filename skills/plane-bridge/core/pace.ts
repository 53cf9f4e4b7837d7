import { createHash } from "node:crypto";
import { closeSync, constants, mkdirSync, openSync, readSync, writeSync } from "node:fs";
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
    let place: number;
    await lock(file);
    try {
      place = takePlace(file, interval, clock.now());
    } finally {
      // Taking the lock away costs more than all the rest: it happens while the request is under way. One that stays
      // because of an error is stale soon.
      lockfile.unlock(file, LOCK).catch(() => {});
    }
    const wait = place - clock.now();
    if (wait > 0) await clock.sleep(wait);
  };
}

const LOCK = { realpath: false, stale: 5000 };

/** Nearly always nobody else is at it: then a lock without a turn of the event loop costs least. */
async function lock(file: string): Promise<void> {
  try {
    lockfile.lockSync(file, LOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    const retries = { retries: 50, factor: 1.2, minTimeout: 10, maxTimeout: 200 };
    await lockfile.lock(file, { ...LOCK, retries });
  }
}

/** Farther ahead than an hour is no queue but a clock that was set back. */
const BELIEVABLE_MS = 3_600_000;
/** Of milliseconds since 1970 in a file: always as many bytes, so that it is written over and never cut first. */
const WIDTH = 24;

/** The first free place at or after `now`; the file then says which is free after it. */
function takePlace(file: string, interval: number, now: number): number {
  const handle = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const bytes = Buffer.alloc(WIDTH);
    readSync(handle, bytes, 0, WIDTH, 0);
    const free = Number.parseFloat(bytes.toString("latin1"));
    const place = free < now + BELIEVABLE_MS ? Math.max(now, free) : now;
    const next = String(place + interval).slice(0, WIDTH);
    writeSync(handle, next.padEnd(WIDTH), 0, "latin1");
    return place;
  } finally {
    closeSync(handle);
  }
}
