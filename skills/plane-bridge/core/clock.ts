import { setTimeout as sleep } from "node:timers/promises";

/** What time it is, and how to let some pass: a test brings its own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => sleep(milliseconds),
};

/** As Plane writes it. */
export function iso(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
