import { setTimeout as sleep } from "node:timers/promises";
import type { Engine } from "./engine.ts";

const AGAIN_MS = 5000;

/** Counts OOM kills as Docker tells of them: a container's own state forgets them when it starts again. */
export class OomKills {
  /** By container's name. */
  readonly counts = new Map<string, number>();
  readonly #engine: Pick<Engine, "eachOomKill">;

  constructor(engine: Pick<Engine, "eachOomKill">) {
    this.#engine = engine;
  }

  /** Listens for good; after a break it asks for what was missed. */
  async watch(): Promise<never> {
    for (let since = now(); ; ) {
      const from = since;
      await this.#engine
        .eachOomKill(from, (name) => {
          this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
          since = now() + 1;
        })
        .catch(() => {});
      await sleep(AGAIN_MS);
    }
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
