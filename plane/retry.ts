import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";
import { Unreachable } from "./errors.ts";

/** How long a call tries: `full` waits 1 s, 5 s and 15 s (OPENCLAW-15), `once` gives a reset connection 1 s. */
export type Patience = "full" | "once";

/** Tests shorten the waits; a factor on all of them. */
const SCALE = Number(process.env.PLANE_OPS_RETRY_SCALE ?? "1");

/**
 * Repeats what found no answer of Plane's: network errors, 429 (after `Retry-After`) and 5xx. Anything else ends
 * it at once.
 */
export function withRetries<T>(attempt: (number: number) => Promise<T>, patience: Patience): Promise<T> {
  return pRetry(attempt, {
    retries: patience === "full" ? 3 : 1,
    factor: 5,
    minTimeout: 1000 * SCALE,
    maxTimeout: 15_000 * SCALE,
    randomize: false,
    shouldRetry: ({ error }) => error instanceof Unreachable,
    onFailedAttempt: async ({ error, retriesLeft }) => {
      if (error instanceof Unreachable && error.retryAfter !== undefined && retriesLeft > 0) {
        await sleep(error.retryAfter * 1000 * SCALE);
      }
    },
  });
}
