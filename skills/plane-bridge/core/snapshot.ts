import type { WorkItem } from "../../../plane/api/workItems.ts";
import type { Clock } from "./clock.ts";

/** A list that is read in the order of changes never shows what was deleted: from time to time all of it is read. */
const WHOLE_EVERY_MS = 60 * 60_000;

/** A project's work items, kept up to date by reading only what changed. */
export class Snapshot {
  readonly #clock: Clock;
  readonly #read: (since?: string) => Promise<WorkItem[]>;
  #items = new Map<string, WorkItem>();
  #since: string | undefined;
  #wholeAt = Number.NEGATIVE_INFINITY;

  /** @param read the items that changed after an instant; all without one. */
  constructor(clock: Clock, read: (since?: string) => Promise<WorkItem[]>) {
    this.#clock = clock;
    this.#read = read;
  }

  async items(): Promise<WorkItem[]> {
    const now = this.#clock.now();
    if (now - this.#wholeAt >= WHOLE_EVERY_MS) {
      const all = await this.#read();
      this.#items = new Map();
      this.#wholeAt = now;
      this.#keep(all);
    } else {
      this.#keep(await this.#read(this.#since));
    }
    return [...this.#items.values()];
  }

  /** As last read; undefined when it never was. */
  known(): WorkItem[] | undefined {
    return this.#since === undefined ? undefined : [...this.#items.values()];
  }

  #keep(items: readonly WorkItem[]): void {
    for (const item of items) {
      this.#items.set(item.id, item);
      if (this.#since === undefined || Date.parse(item.updated_at) > Date.parse(this.#since)) {
        this.#since = item.updated_at;
      }
    }
  }
}
