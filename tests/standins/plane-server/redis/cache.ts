import type { Redis } from "ioredis";
import type { RedisOverlay } from "../settings.ts";

/** Django's cache in Redis: `<prefix>:1:<key>`, with nothing before the colon in stock Plane. */
export class Cache {
  readonly #redis: Redis;
  readonly #overlay: RedisOverlay;

  constructor(redis: Redis, overlay: RedisOverlay) {
    this.#redis = redis;
    this.#overlay = overlay;
  }

  async get<T>(key: string): Promise<T | undefined> {
    const text = await this.#redis.get(this.#key(key));
    return text === null ? undefined : (JSON.parse(text) as T);
  }

  async set(key: string, value: unknown, seconds: number): Promise<void> {
    await this.#redis.set(this.#key(key), JSON.stringify(value), "EX", seconds);
  }

  async delete(key: string): Promise<void> {
    await this.#redis.del(this.#key(key));
  }

  /** `cache.clear()`: FLUSHDB in stock Plane, whoever else has keys there; its own keys with the overlay. */
  async clear(): Promise<void> {
    if (!this.#overlay.clearsOwnKeysOnly) {
      await this.#redis.flushdb();
      return;
    }
    let cursor = "0";
    do {
      const [next, keys] = await this.#redis.scan(cursor, "MATCH", this.#key("*"), "COUNT", 500);
      if (keys.length > 0) await this.#redis.del(...keys);
      cursor = next;
    } while (cursor !== "0");
  }

  #key(key: string): string {
    return `${this.#overlay.cachePrefix}:1:${key}`;
  }
}
