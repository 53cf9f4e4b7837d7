import { type Input, output } from "@pulumi/pulumi";
import { KEY_PREFIX } from "../plane/tenancy.ts";
import { FILES, keepOnly, type Part, type ScrapeJob, targetOf } from "./part.ts";

export interface RedisExporterArgs {
  hostname: string;
  password: Input<string>;
  /** Logical database in which Plane's jobs wait. */
  broker: number;
}

/** The list in which Celery keeps what waits for the worker (contracts/plane), under our prefix. */
const QUEUE = `${KEY_PREFIX}celery`;

/** Redis' figures, and how many of Plane's jobs wait; a list that is absent is one of length 0 for it. */
export function redisExporter({ hostname, password, broker }: RedisExporterArgs): Part {
  const address = `redis://${hostname}:6379`;
  return {
    name: "plane_redis_exporter",
    service: "redis_exporter",
    image: "redisExporter",
    command: [
      `--redis.addr=${address}`,
      `--redis.password-file=${FILES}/passwords.json`,
      `--check-single-keys=db${broker}=${QUEUE}`,
    ],
    files: { "passwords.json": output(password).apply((known) => JSON.stringify({ [address]: known })) },
    networks: ["backend"],
    health: "/health",
    port: 9121,
  };
}

export function redisJob(part: Part): ScrapeJob {
  return {
    job_name: "plane-redis",
    static_configs: [{ targets: [targetOf(part)] }],
    metric_relabel_configs: keepOnly(
      "redis_(up|memory_used_bytes|memory_max_bytes|evicted_keys_total|db_keys|key_size|connected_clients|blocked_clients)",
    ),
  };
}
