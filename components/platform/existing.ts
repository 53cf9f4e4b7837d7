import { secret } from "@pulumi/pulumi";
import type { PlaneOpsConfig } from "../../config.ts";
import { nameOf } from "./names.ts";
import type { Platform } from "./platform.ts";

/** The platform of `prod`, found by its names (platform.md); preflight has seen that all of it is there. */
export function existingPlatform(config: PlaneOpsConfig): Platform {
  const container = (part: string) => nameOf(config.prefix, part);
  // One password for all roles is the platform's convention (INFRA-02); parseConfig has required both.
  const password = secret(config.secrets.postgresqlPassword ?? "");
  return {
    networks: {
      frontend: container("frontend"),
      backend: container("backend"),
      egress: container("egress"),
      monitoring: container("monitoring"),
    },
    postgresql: {
      server: { host: config.docker, container: container("postgresql"), superuser: "postgres", password },
      hostname: "postgresql",
      rolePassword: password,
    },
    redis: {
      container: container("redis"),
      hostname: "redis",
      password: secret(config.secrets.redisPassword ?? ""),
    },
    caddy: {
      container: container("caddy"),
      siteFile: `${config.root}/configs/caddy/Caddyfile`,
      scheme: "https",
    },
    webhook: {
      url: `https://work.${config.domain}/webhooks/plane`,
      // Split DNS gives a VPN address that containers do not reach; the host's Caddy does answer.
      hosts: [{ host: `work.${config.domain}`, ip: "host-gateway" }],
    },
    observability: [],
    ready: [],
  };
}
