import { Redis } from "ioredis";

/** Opens a connection to `redis://:password@host:port/index`; fails instead of queueing while it is away. */
export async function openRedis(url: string): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    connectTimeout: 5000,
    retryStrategy: (times) => Math.min(times * 200, 2000),
  });
  // Each command reports its own failure; without a listener a lost connection would end the process.
  redis.on("error", () => {});
  await redis.connect().catch((error: Error) => {
    redis.disconnect();
    throw error;
  });
  return redis;
}
