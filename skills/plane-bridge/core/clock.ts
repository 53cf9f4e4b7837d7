import { setTimeout as sleep } from "node:timers/promises";

/** What time it is, and how to let some pass: a test brings its own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @param signal ends it at once. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, { signal }).catch((error: Error) => {
      if (error.name !== "AbortError") throw error;
    });
  },
};

/** As Plane writes it. */
export function iso(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
