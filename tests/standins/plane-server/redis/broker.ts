import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Redis } from "ioredis";

/** The keyword arguments of a task. */
export type Arguments = Record<string, unknown>;

/** A task as it lies in the queue. */
export interface Message {
  id: string;
  task: string;
  tag: string;
  arguments: Arguments;
}

/** The broker as kombu keeps it in Redis: a list per queue, sets of bindings, hashes of what is unacknowledged. */
export class Broker {
  readonly #redis: Redis;
  readonly #prefix: string;

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async declare(): Promise<void> {
    const separator = "\x06\x16";
    const bind = (exchange: string, ...binding: [string, string, string]): Promise<number> =>
      this.#redis.sadd(`${this.#prefix}_kombu.binding.${exchange}`, binding.join(separator));
    await bind("celery", "celery", "", "celery");
    await bind("celery.pidbox", "", "", `celery@${hostname()}.celery.pidbox`);
    await bind("celeryev", "worker.#", "", `celeryev.${randomUUID()}`);
  }

  async publish(task: string, kwargs: Arguments = {}): Promise<string> {
    const id = randomUUID();
    await this.#redis.lpush(
      `${this.#prefix}celery`,
      JSON.stringify({
        body: Buffer.from(JSON.stringify([[], kwargs, {}])).toString("base64"),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        headers: { lang: "py", task, id },
        properties: {
          delivery_tag: randomUUID(),
          delivery_info: { exchange: "", routing_key: "celery" },
          priority: 0,
          body_encoding: "base64",
        },
      }),
    );
    return id;
  }

  /** Waits up to `seconds` for a task; it stays in `unacked` until `done`. */
  async take(seconds: number): Promise<Message | undefined> {
    const popped = await this.#redis.brpop(`${this.#prefix}celery`, seconds);
    if (popped === null) return undefined;
    const message = JSON.parse(popped[1]) as {
      body: string;
      headers: { id: string; task: string };
      properties: { delivery_tag: string };
    };
    const tag = message.properties.delivery_tag;
    await this.#redis.hset(`${this.#prefix}unacked`, tag, popped[1]);
    await this.#redis.zadd(`${this.#prefix}unacked_index`, Date.now() / 1000, tag);
    const [, kwargs] = JSON.parse(Buffer.from(message.body, "base64").toString("utf8")) as [
      unknown[],
      Arguments,
    ];
    return { id: message.headers.id, task: message.headers.task, tag, arguments: kwargs };
  }

  async done(message: Message): Promise<void> {
    await this.#redis.hdel(`${this.#prefix}unacked`, message.tag);
    await this.#redis.zrem(`${this.#prefix}unacked_index`, message.tag);
  }

  /** Throws away what waits in the queue. */
  async purge(): Promise<void> {
    await this.#redis.del(`${this.#prefix}celery`);
  }
}
