import pLimit, { type LimitFunction } from "p-limit";
import pThrottle from "p-throttle";

const MINUTE_MS = 60_000;
/** Others use a token beside us: the agent that owns it, an earlier run that was killed. */
const SHARE_OF_LIMIT = 0.8;

/** Waits for a token's turn. */
export type Pace = (token: string, perMinute: number) => Promise<void>;

/**
 * What all resources of one process share for the length of one Pulumi operation: sessions, lists that were read
 * once, the place in each token's rate, and locks. The engine starts a provider process for each operation.
 */
export class Operation {
  readonly #values = new Map<string, Promise<unknown>>();
  readonly #rates = new Map<string, () => Promise<void>>();
  readonly #locks = new Map<string, LimitFunction>();
  readonly #pace: Pace | undefined;

  /** @param pace takes the place of this process's own throttle, where several processes share a token. */
  constructor(pace?: Pace) {
    this.#pace = pace;
  }

  /** The value of a name, made once; what failed is made again by the next who asks. */
  once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#values.get(name);
    if (known !== undefined) return known as Promise<T>;
    const made = make();
    this.#values.set(name, made);
    made.catch(() => this.forget(name));
    return made;
  }

  forget(name: string): void {
    this.#values.delete(name);
  }

  /** Waits until one more request of this token keeps below the server's limit. */
  async turn(token: string, perMinute: number): Promise<void> {
    if (this.#pace !== undefined) return this.#pace(token, perMinute);
    let wait = this.#rates.get(token);
    if (wait === undefined) {
      const limit = Math.max(1, Math.floor(perMinute * SHARE_OF_LIMIT));
      wait = pThrottle({ limit, interval: MINUTE_MS, strict: true })(async () => {});
      this.#rates.set(token, wait);
    }
    await wait();
  }

  /** One at a time per name: where the server races (external ids, tokens), nobody else creates meanwhile. */
  serial<T>(name: string, work: () => Promise<T>): Promise<T> {
    let lock = this.#locks.get(name);
    if (lock === undefined) {
      lock = pLimit(1);
      this.#locks.set(name, lock);
    }
    return lock(work);
  }
}

let current = new Operation();

/** The running operation. */
export function operation(): Operation {
  return current;
}

/** Forgets everything, as a new process would. */
export function startOperation(operation = new Operation()): void {
  current = operation;
}
