import type { Clock } from "./clock.ts";

/** Values that are believed for some time. What failed is asked again by the next. */
export class Cache {
  readonly #clock: Clock;
  readonly #values = new Map<string, { value: Promise<unknown>; until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get<T>(name: string, milliseconds: number, make: () => Promise<T>): Promise<T> {
    const known = this.#values.get(name);
    if (known !== undefined && known.until > this.#clock.now()) return known.value as Promise<T>;
    const value = make();
    this.#values.set(name, { value, until: this.#clock.now() + milliseconds });
    value.catch(() => this.forget(name));
    return value;
  }

  forget(name: string): void {
    this.#values.delete(name);
  }
}
