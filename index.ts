import { log, output } from "@pulumi/pulumi";
import { CaddySite } from "./components/caddySite.ts";
import { Fleet } from "./components/fleet.ts";
import { memoryMessage, memoryPlan } from "./components/memory.ts";
import { ObjectStorage } from "./components/objectStorage.ts";
import { planeSite } from "./components/plane/caddyfile.ts";
import { BUCKET, FILE_SIZE_LIMIT } from "./components/plane/environment.ts";
import { PlaneServices } from "./components/planeServices.ts";
import { EmbeddedPlatform } from "./components/platform/embedded.ts";
import { existingPlatform } from "./components/platform/existing.ts";
import { planeUrl as addressOf } from "./components/platform/platform.ts";
import { readyConfig } from "./components/ready.ts";

const config = await readyConfig();
const plan = memoryPlan(config);
const { text, warn } = memoryMessage(plan);
await (warn ? log.warn(text) : log.info(text));

const fleet = new Fleet(config);
const platform =
  config.mode === "existing" ? existingPlatform(config) : new EmbeddedPlatform("platform", { config, fleet });
const { scheme } = platform.caddy;
const url = addressOf(scheme, config.domain, config.mode === "embedded" ? config.publish.port : undefined);

const storage = new ObjectStorage("storage", { config, fleet, platform, bucket: BUCKET });
const plane = new PlaneServices("plane", { config, fleet, platform, storage, url });
new CaddySite(
  "site",
  {
    host: config.docker,
    container: platform.caddy.container,
    file: platform.caddy.siteFile,
    site: "plane",
    text: planeSite({
      address: addressOf(scheme, config.domain),
      allowedClients: config.allowedClients,
      bucket: BUCKET,
      fileSizeLimit: FILE_SIZE_LIMIT,
    }),
  },
  { dependsOn: platform.ready },
);
fleet.wire();

/** Where people open Plane. */
export const planeUrl = url;
/** Where Plane sends its webhooks: through the proxy in prod, straight to n8n in the embedded platform. */
export const webhookUrl = platform.webhook.url;
/** Names of the containers that this stack keeps running. */
export const containers = fleet.names;
/** Memory limits by container and their sum, in MiB. */
export const memory = plan;
/** Accounts, each with the name of the secret output that holds its password. */
export const accounts = [
  { what: "PostgreSQL, database plane_production", user: "plane", passwordOutput: "databasePassword" },
  { what: "MinIO, bucket uploads", user: storage.accessKey, passwordOutput: "storagePassword" },
  { what: "Redis", user: "default", passwordOutput: "redisPassword" },
];
/** What the local stack leaves out, and why. */
export const off =
  config.mode === "existing"
    ? []
    : ["n8n", "OpenClaw", "Loki"].map((what) => ({
        what,
        why: "no image without a registry, and minutes to build one; not part of this version",
      }));
export const databasePassword = plane.databasePassword;
export const storagePassword = storage.secretKey;
export const redisPassword = output(platform.redis.password);
