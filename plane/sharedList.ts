import { operation } from "./operation.ts";

/** A list of Plane's that is read once per operation and then kept in step with what we write. */
export class SharedList<T extends { id: string }> {
  readonly #name: string;
  readonly #fetch: () => Promise<T[]>;

  /** @param name tells one list from all others, account and address included. */
  constructor(name: string, fetch: () => Promise<T[]>) {
    this.#name = name;
    this.#fetch = fetch;
  }

  all(): Promise<T[]> {
    return operation().once(this.#name, this.#fetch);
  }

  /** Reads again: after a call whose answer was lost, or one that changed more than one entry. */
  again(): Promise<T[]> {
    operation().forget(this.#name);
    return this.all();
  }

  /** Records what a write answered. */
  async put(item: T): Promise<T> {
    const items = await this.all();
    const at = items.findIndex(({ id }) => id === item.id);
    if (at === -1) items.push(item);
    else items[at] = item;
    return item;
  }

  async drop(id: string): Promise<void> {
    const items = await this.all();
    const at = items.findIndex((item) => item.id === id);
    if (at !== -1) items.splice(at, 1);
  }
}
