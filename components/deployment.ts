import { type Input, type Output, output, type Resource } from "@pulumi/pulumi";
import type { PlaneOpsConfig } from "../config.ts";
import { CaddySite } from "./caddySite.ts";
import { Fleet } from "./fleet.ts";
import { ObjectStorage } from "./objectStorage.ts";
import { planeSite } from "./plane/caddyfile.ts";
import { BUCKET, FILE_SIZE_LIMIT } from "./plane/environment.ts";
import { PlaneServices } from "./planeServices.ts";
import { EmbeddedPlatform } from "./platform/embedded.ts";
import { existingPlatform } from "./platform/existing.ts";
import { n8nSite } from "./platform/n8nSite.ts";
import { NETWORK_NAMES } from "./platform/names.ts";
import { n8nUrl, type Platform, planeUrl } from "./platform/platform.ts";
import { subnetOf } from "./platform/subnet.ts";

/** A Plane that runs, and what others need of it. */
export interface Deployment {
  /** Where people open it. */
  url: string;
  /** Where its webhooks go. */
  webhookUrl: string;
  /** What has to be there before Plane answers at its address. */
  ready: Resource[];
  /** What holds its data, where this stack does. */
  data?: Resource;
  /** What makes them; absent where Plane is somebody else's. */
  fleet?: Fleet;
  /** What Plane stands on; absent likewise. */
  platform?: Platform;
  /** Plane's own keys; secret, and absent likewise. */
  keys?: PlaneServices["keys"];
  /** Redis as n8n reaches it, where Plane is this stack's. */
  redis?: { hostname: string; password: Input<string> };
  /** An n8n of this stack's own, once it answers at its address. */
  n8n?: { url: string; ready: Resource[] };
  /** Accounts beneath Plane, each with its password. */
  accounts: { what: string; user: string; passwordOutput: string; password: Output<string> }[];
}

/** Plane with all that it stands on, found or made. */
export function deployPlane(config: PlaneOpsConfig): Deployment {
  const fleet = new Fleet(config);
  const platform =
    config.mode === "existing"
      ? existingPlatform(config)
      : new EmbeddedPlatform("platform", { config, fleet });
  const { scheme } = platform.caddy;
  const url = planeUrl(scheme, config.domain, config.mode === "embedded" ? config.publish.port : undefined);

  const storage = new ObjectStorage("storage", { config, fleet, platform, bucket: BUCKET });
  const plane = new PlaneServices("plane", { config, fleet, platform, storage, url });
  const n8n = platform.n8n && ownN8n(config, platform, platform.n8n.container);
  const site = new CaddySite(
    "site",
    {
      host: config.docker,
      container: platform.caddy.container,
      file: platform.caddy.siteFile,
      site: "plane",
      text: planeSite({
        address: planeUrl(scheme, config.domain),
        allowedClients: config.allowedClients,
        bucket: BUCKET,
        fileSizeLimit: FILE_SIZE_LIMIT,
        ...(config.rateLimitModule && { rateLimit: { exempt: ownRanges(config) } }),
      }),
    },
    { dependsOn: platform.ready },
  );
  fleet.wire();

  const account = (what: string, user: string, passwordOutput: string, password: Output<string>) => ({
    what,
    user,
    passwordOutput,
    password,
  });
  return {
    url,
    webhookUrl: platform.webhook.url,
    ready: [plane, site],
    data: plane.database,
    fleet,
    platform,
    keys: plane.keys,
    redis: { hostname: platform.redis.hostname, password: platform.redis.password },
    ...(n8n && { n8n }),
    accounts: [
      account("PostgreSQL, database plane_production", "plane", "databasePassword", plane.databasePassword),
      account("MinIO, bucket uploads", storage.accessKey, "storagePassword", storage.secretKey),
      account("Redis", "default", "redisPassword", output(platform.redis.password)),
    ],
  };
}

/** All that has an address of the platform: Plane's worker among them. */
function ownRanges({ subnetPrefix }: PlaneOpsConfig): string[] {
  return NETWORK_NAMES.map((name) => subnetOf(subnetPrefix, name));
}

/** The site of n8n, beside Plane's. */
function ownN8n(config: PlaneOpsConfig, { caddy, ready }: Platform, container: Resource) {
  const { domain, publish, allowedClients, docker, root } = config;
  const site = new CaddySite(
    "n8n-site",
    {
      host: docker,
      container: caddy.container,
      file: `${root}/configs/caddy/sites/n8n.caddy`,
      site: "n8n",
      text: n8nSite({ address: n8nUrl(caddy.scheme, domain), allowedClients }),
    },
    { dependsOn: [...ready, container] },
  );
  return { url: n8nUrl(caddy.scheme, domain, publish.port), ready: [container, site] };
}

/** A Plane that something else runs (`plane:deploy: false`): only what lives inside is ours. */
export function foundPlane(config: PlaneOpsConfig): Deployment {
  const url = config.planeUrl ?? "";
  return { url, webhookUrl: `${url}/webhooks/plane`, ready: [], accounts: [] };
}
