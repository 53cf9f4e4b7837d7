import { type Input, interpolate, output } from "@pulumi/pulumi";
import type { PlaneOpsConfig } from "../../config.ts";
import type { ObjectStorage } from "../objectStorage.ts";
import type { Platform } from "../platform/platform.ts";
import { DATABASE, KEY_PREFIX, ROLE } from "./tenancy.ts";

/** What a person may attach, in bytes (OPENCLAW-19: 50 MB); Plane takes it as limit of a request's body too. */
export const FILE_SIZE_LIMIT = 52_428_800;

export const BUCKET = "uploads";

export interface EnvironmentArgs {
  config: PlaneOpsConfig;
  platform: Platform;
  storage: ObjectStorage;
  /** Address that people use. */
  url: string;
  /** Secret. */
  secretKey: Input<string>;
  /** Secret. */
  liveSecretKey: Input<string>;
}

/** Environment of Plane's backend, the same for api, worker and migrator (contracts/plane, "Environment that matters"). */
export function planeEnvironment(args: EnvironmentArgs): Record<string, Input<string>> {
  const { config, platform, storage, url } = args;
  const host = new URL(url).hostname;
  const redis = (logical: number) =>
    interpolate`redis://:${encoded(platform.redis.password)}@${platform.redis.hostname}:6379/${logical}`;
  const postgresql = interpolate`${encoded(platform.postgresql.rolePassword)}@${platform.postgresql.hostname}:5432`;
  return {
    ALLOWED_HOSTS: `${host},plane-api,localhost,127.0.0.1`,
    AMQP_URL: redis(config.redisDatabases.broker),
    API_KEY_RATE_LIMIT: `${config.apiRateLimit}/minute`,
    AWS_ACCESS_KEY_ID: storage.accessKey,
    AWS_REGION: "us-east-1",
    AWS_S3_BUCKET_NAME: BUCKET,
    AWS_S3_ENDPOINT_URL: storage.endpoint,
    AWS_SECRET_ACCESS_KEY: storage.secretKey,
    CORS_ALLOWED_ORIGINS: url,
    DATABASE_URL: interpolate`postgresql://${ROLE}:${postgresql}/${DATABASE}`,
    DEBUG: "0",
    DJANGO_SETTINGS_MODULE: "plane.settings.prefixed",
    ENABLE_EMAIL_PASSWORD: "1",
    ENABLE_MAGIC_LINK_LOGIN: "0",
    FILE_SIZE_LIMIT: String(FILE_SIZE_LIMIT),
    GUNICORN_WORKERS: String(config.gunicornWorkers),
    LIVE_SERVER_SECRET_KEY: args.liveSecretKey,
    // Measured: without it glibc's arenas take api and worker over their limits.
    MALLOC_ARENA_MAX: "2",
    MINIO_ENDPOINT_SSL: url.startsWith("https:") ? "1" : "0",
    // Telemetry is on by default and sent at the first start: a closed port of the container itself takes it.
    OTLP_ENDPOINT: "http://127.0.0.1:9",
    REDIS_KEY_PREFIX: KEY_PREFIX,
    REDIS_URL: redis(config.redisDatabases.cache),
    SECRET_KEY: args.secretKey,
    USE_MINIO: "1",
    WEBHOOK_ALLOWED_HOSTS: new URL(platform.webhook.url).hostname,
    WEB_URL: url,
  };
}

function encoded(password: Input<string>): Input<string> {
  return output(password).apply(encodeURIComponent);
}
