import type { Redis } from "ioredis";
import type { RedisOverlay } from "../settings.ts";

const WINDOW_SECONDS = 60;

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

  /** Counts one more under `key` unless `limit` were already counted in the last minute. */
  async count(
    key: string,
    limit: number,
  ): Promise<{ allowed: boolean; remaining: number; retryAfter: number }> {
    const name = this.#key(key);
    const now = Date.now() / 1000;
    let [length, oldest] = await this.#window(name);
    while (length > 0 && oldest <= now - WINDOW_SECONDS) {
      await this.#redis.rpop(name);
      [length, oldest] = await this.#window(name);
    }
    const retryAfter = Math.max(1, Math.ceil(WINDOW_SECONDS - (now - (length > 0 ? oldest : now))));
    if (length >= limit) return { allowed: false, remaining: 0, retryAfter };
    await this.#redis.pipeline().lpush(name, now).expire(name, WINDOW_SECONDS).exec();
    return { allowed: true, remaining: limit - length - 1, retryAfter };
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

  async #window(name: string): Promise<[length: number, oldest: number]> {
    const answers = await this.#redis.pipeline().llen(name).lindex(name, -1).exec();
    return [Number(answers?.[0]?.[1] ?? 0), Number(answers?.[1]?.[1] ?? 0)];
  }

  #key(key: string): string {
    return `${this.#overlay.cachePrefix}:1:${key}`;
  }
}
