import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SETTINGS_DIRECTORY = "plane/settings";
const STOCK_MODULES = ["plane.settings.production", "plane.settings.local", "plane.settings.common"];

/** What a mounted settings overlay changes about Redis. Without one, Plane writes bare keys and flushes. */
export interface RedisOverlay {
  /** Django's KEY_PREFIX: cache keys are `<cachePrefix>:1:<key>`. Empty in stock Plane. */
  cachePrefix: string;
  /** Put before every key of the broker. Empty in stock Plane. */
  brokerPrefix: string;
  /** `clear_cache` deletes its own keys by SCAN instead of FLUSHDB. */
  clearsOwnKeysOnly: boolean;
  /** Throttle keys hold a hash of the token instead of the token. */
  hashesTokens: boolean;
}

/** Where attachments are, and how Plane gets there. */
export interface StorageSettings {
  endpoint: string;
  bucket: string;
  /** Goes into signatures as it stands, empty too. */
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** Upload and download URLs have the host that the api was asked under, instead of the endpoint's. */
  onOwnHost: boolean;
  /** Those URLs are https whatever the request was. */
  ssl: boolean;
  /** How long a signed URL can be used. */
  expirationSeconds: number;
}

export interface Settings {
  version: string;
  databaseUrl: string;
  redisUrl: string;
  brokerUrl: string;
  overlay: RedisOverlay;
  allowedHosts: string[];
  fileSizeLimit: number;
  /** Requests per minute and API token. */
  apiKeyRateLimit: number;
  /** The base of every redirect; empty: the host of the request. */
  webUrl: string;
  corsOrigins: string[];
  secretKey: string;
  webhookAllowedHosts: string[];
  webhookAllowedIps: string[];
  storage: StorageSettings;
  /** The stand-in's own switches. */
  standin: {
    /** Faults can be ordered and the data emptied over HTTP. */
    control: boolean;
    /** The status with which paid features answer; 404 in Community Edition. */
    paidEdition: number;
    /** Seconds between two attempts of a delivery; absent: up to ten minutes, at random. */
    retrySeconds: number | undefined;
  };
}

/** A reason not to start that the original prints as the last line of a traceback. */
export class BootError extends Error {}

/** Reads the environment as Plane's settings do, from the working directory `/code`. */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, code = process.cwd()): Settings {
  return {
    version: env["APP_VERSION"] ?? readFileSync(join(code, "VERSION"), "utf8").trim(),
    databaseUrl: env["DATABASE_URL"] ?? "",
    redisUrl: env["REDIS_URL"] ?? "",
    brokerUrl: env["AMQP_URL"] ?? "",
    overlay: loadOverlay(env, code),
    allowedHosts: (env["ALLOWED_HOSTS"] ?? "*").split(","),
    fileSizeLimit: Number(env["FILE_SIZE_LIMIT"] ?? 5242880),
    apiKeyRateLimit: Number((env["API_KEY_RATE_LIMIT"] ?? "60/minute").split("/")[0]),
    webUrl: (env["APP_BASE_URL"] || env["WEB_URL"] || "").replace(/\/$/, ""),
    corsOrigins: list(env["CORS_ALLOWED_ORIGINS"]),
    secretKey: env["SECRET_KEY"] ?? "",
    webhookAllowedHosts: list(env["WEBHOOK_ALLOWED_HOSTS"]).map((host) => host.toLowerCase()),
    webhookAllowedIps: list(env["WEBHOOK_ALLOWED_IPS"]),
    storage: {
      endpoint: env["AWS_S3_ENDPOINT_URL"] ?? "",
      bucket: env["AWS_S3_BUCKET_NAME"] ?? "uploads",
      region: env["AWS_REGION"] ?? "us-east-1",
      credentials: {
        accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "",
      },
      onOwnHost: env["USE_MINIO"] === "1",
      ssl: env["MINIO_ENDPOINT_SSL"] === "1",
      expirationSeconds: Number(env["SIGNED_URL_EXPIRATION"] ?? 3600),
    },
    standin: {
      control: env["STANDIN_CONTROL"] === "1",
      paidEdition: Number(env["STANDIN_PAID_EDITION"] ?? 404),
      retrySeconds: env["STANDIN_RETRY_SECONDS"] ? Number(env["STANDIN_RETRY_SECONDS"]) : undefined,
    },
  };
}

function list(text = ""): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);
}

/**
 * What `DJANGO_SETTINGS_MODULE` makes of Redis. The mounted Python is not run: each effect is taken from the
 * one name in the files that causes it in Plane, so an overlay that lost a part loses its effect here too.
 */
function loadOverlay(env: NodeJS.ProcessEnv, code: string): RedisOverlay {
  const none = { cachePrefix: "", brokerPrefix: "", clearsOwnKeysOnly: false, hashesTokens: false };
  const module = env["DJANGO_SETTINGS_MODULE"] ?? "plane.settings.production";
  if (STOCK_MODULES.includes(module)) return none;
  const settings = readModule(module, code);
  const helpers = [...settings.matchAll(/^from (plane\.settings\.\w+) import/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => ![...STOCK_MODULES, "plane.settings.redis"].includes(name))
    .map((name) => readModule(name, code))
    .join("\n");
  const prefix = env["REDIS_KEY_PREFIX"] ?? "plane:";
  const client = setting(settings, "CLIENT_CLASS");
  const keyFunction = setting(settings, "KEY_FUNCTION");
  return {
    cachePrefix: settings.includes('"KEY_PREFIX"') ? prefix.replace(/:+$/, "") : "",
    brokerPrefix: settings.includes("global_keyprefix") ? prefix : "",
    clearsOwnKeysOnly:
      client !== undefined && /def clear\b[\s\S]*delete_pattern/.test(block(helpers, `class ${client}`)),
    hashesTokens: keyFunction !== undefined && block(helpers, `def ${keyFunction}`).includes("sha256"),
  };
}

/** The last part of the dotted name that a setting of the cache is given: `"CLIENT_CLASS"] = "a.b.Name"`. */
function setting(source: string, name: string): string | undefined {
  return new RegExp(`"${name}"\\]? *[=:] *"[\\w.]*?(\\w+)"`).exec(source)?.[1];
}

/** A top-level class or function: its line and the indented ones below it. */
function block(source: string, head: string): string {
  return new RegExp(`^${head}\\b.*\\n(?:(?:[ \\t].*)?\\n)*`, "m").exec(source)?.[0] ?? "";
}

function readModule(module: string, code: string): string {
  const file = join(code, `${module.replaceAll(".", "/")}.py`);
  if (!module.startsWith(`${SETTINGS_DIRECTORY.replace("/", ".")}.`) || !existsSync(file)) {
    throw new BootError(`ModuleNotFoundError: No module named '${module}'`);
  }
  return readFileSync(file, "utf8");
}
