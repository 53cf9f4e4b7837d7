import { say } from "../log.ts";
import { Cache } from "../redis/cache.ts";
import { openRedis } from "../redis/connection.ts";
import type { Settings } from "../settings.ts";

/** Empties the cache at every start of the api. Stock Plane flushes the whole logical database. */
export async function clearCache(settings: Settings): Promise<void> {
  const redis = await openRedis(settings.redisUrl);
  await new Cache(redis, settings.overlay).clear();
  redis.disconnect();
  say("Cache Cleared");
}
