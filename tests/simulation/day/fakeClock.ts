import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../../skills/plane-bridge/core/clock.ts";

interface Sleeper {
  at: number;
  wake: () => void;
}

/** A day in a minute: time stands still while anything real is under way, and then goes on to who wakes next. */
export class FakeClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  #underWay = 0;

  constructor(begin: number) {
    this.#now = begin;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + milliseconds, wake });
      signal?.addEventListener("abort", () => wake(), { once: true });
    });
  }

  /** Holds time until some real work is over. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work();
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Lets time pass until `end`. */
  async pass(end: number): Promise<void> {
    while (this.#now < end) await this.#step(end);
  }

  /** Lets time pass until some work is over. */
  async until<T>(work: Promise<T>): Promise<T> {
    let over = false;
    void work.finally(() => {
      over = true;
    });
    while (!over) await this.#step(Number.POSITIVE_INFINITY);
    return work;
  }

  /** Goes on to who wakes next. Who wakes at the same moment acts at the same moment. */
  async #step(end: number): Promise<void> {
    await this.#quiet();
    const next = Math.min(end, ...this.#sleepers.map(({ at }) => at));
    if (Number.isFinite(next)) this.#now = next;
    const due = this.#sleepers.filter(({ at }) => at <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#now);
    for (const { wake } of due) wake();
  }

  /** What follows an answer takes some turns of the event loop; only then is there nothing under way. */
  async #quiet(): Promise<void> {
    for (let quiet = 0; quiet < 4; quiet += 1) {
      await turn();
      if (this.#underWay > 0 || isAtFiles()) quiet = 0;
    }
  }
}

/** Locks are files, and taking one takes real time. */
function isAtFiles(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith("FSReq"));
}

/** An answer to a request of this process. */
export interface Answered {
  method: string;
  url: string;
  status: number;
  text: string;
}

/**
 * Makes every request of this process hold the clock until all of its answer is there.
 * @returns what puts things back.
 */
export function holdDuringRequests(clock: FakeClock, answered: (answer: Answered) => void): () => void {
  const { fetch } = globalThis;
  globalThis.fetch = (url, options) =>
    clock.during(async () => {
      const answer = await fetch(url, options);
      const { status, statusText, headers } = answer;
      const text = await answer.text();
      answered({ method: options?.method ?? "GET", url: String(url), status, text });
      return new Response(text === "" ? null : text, { status, statusText, headers });
    });
  return () => {
    globalThis.fetch = fetch;
  };
}
