import pLimit from "p-limit";
import type { WorkItem } from "../../../plane/api/workItems.ts";
import type { Clock } from "./clock.ts";

/** A list that is read in the order of changes never shows what was deleted: from time to time all of it is read. */
const WHOLE_EVERY_MS = 60 * 60_000;
/** A change bears the time when its transaction began: one that ended late is older than what was read before it. */
const OVERLAP_MS = 60_000;

/** A project's work items, kept up to date by reading only what changed. */
export class Snapshot {
  readonly #clock: Clock;
  readonly #read: (since?: string) => Promise<WorkItem[]>;
  /** Answers that cross would put an older version of an item over a newer one. */
  readonly #inTurn = pLimit(1);
  readonly #items = new Map<string, WorkItem>();
  #since: string | undefined;
  #wholeAt = Number.NEGATIVE_INFINITY;

  /** @param read the items that changed after an instant; all without one. */
  constructor(clock: Clock, read: (since?: string) => Promise<WorkItem[]>) {
    this.#clock = clock;
    this.#read = read;
  }

  /** As of now, whoever else asks at this moment. */
  items(): Promise<WorkItem[]> {
    return this.#inTurn(() => this.#refreshed());
  }

  /** As last read; undefined when it never was. */
  known(): WorkItem[] | undefined {
    return this.#since === undefined ? undefined : [...this.#items.values()];
  }

  async #refreshed(): Promise<WorkItem[]> {
    const now = this.#clock.now();
    if (now - this.#wholeAt >= WHOLE_EVERY_MS) {
      const all = await this.#read();
      const present = new Set(all.map(({ id }) => id));
      for (const id of this.#items.keys()) if (!present.has(id)) this.#items.delete(id);
      this.#wholeAt = now;
      this.#keep(all);
    } else {
      this.#keep(await this.#read(this.#since));
    }
    return [...this.#items.values()];
  }

  /** A version that is known stays the same object, and what was made of it with it. */
  #keep(items: readonly WorkItem[]): void {
    for (const item of items) {
      if (this.#items.get(item.id)?.updated_at !== item.updated_at) this.#items.set(item.id, item);
      const since = Date.parse(item.updated_at) - OVERLAP_MS;
      if (this.#since === undefined || since > Date.parse(this.#since)) {
        this.#since = new Date(since).toISOString();
      }
    }
  }
}
