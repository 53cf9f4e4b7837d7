import type { PlaneOpsConfig } from "../config.ts";
import { HostError } from "../providers/host/run.ts";
import { foreignDatabase } from "../providers/postgresql/database.ts";
import { foreignKeys } from "../providers/redis/namespace.ts";
import { markerOf } from "./database.ts";
import { forPeople } from "./errors.ts";
import type { ReadyOpenclaw } from "./openclaw/ready.ts";
import { DATABASE, KEY_PREFIX, ROLE } from "./plane/tenancy.ts";
import { takeInventory } from "./platform/inventory.ts";
import { nameOf } from "./platform/names.ts";
import { preflight, refuse } from "./platform/preflight.ts";
import { stackConfig } from "./stackConfig.ts";

/**
 * The stack's configuration, once everything that can be known to go wrong has been looked at: preview refuses
 * before the first resource, with all problems in one message.
 */
export async function ready(): Promise<{ config: PlaneOpsConfig; openclaw?: ReadyOpenclaw }> {
  try {
    const config = stackConfig();
    if (!config.deploy) return { config };
    refuse(config, preflight(config, await takeInventory(config.docker, config.root)));
    if (config.mode === "existing") refuse(config, await otherTenants(config));
    if (config.notifications?.n8n !== undefined) {
      const { n8nProblems } = await import("../providers/n8n/problems.ts");
      refuse(config, await n8nProblems(config.notifications.n8n));
    }
    if (config.monitoring?.grafana !== undefined) {
      const { viewProblems } = await import("./views.ts");
      refuse(config, await viewProblems(config.monitoring));
    }
    if (config.openclaw === undefined) return { config };
    // The bridge's tools and the schemas are loaded by those only who have a gateway.
    const { readyOpenclaw } = await import("./openclaw/ready.ts");
    const openclaw = await readyOpenclaw(config, config.openclaw);
    return { config, openclaw };
  } catch (error) {
    throw forPeople(error);
  }
}

/** What of ours is in use by others on the shared PostgreSQL and Redis. */
async function otherTenants(config: PlaneOpsConfig): Promise<string[]> {
  const { docker: host, prefix, stack, secrets, redisDatabases } = config;
  const server = {
    host,
    container: nameOf(prefix, "postgresql"),
    superuser: "postgres",
    password: secrets.postgresqlPassword ?? "",
  };
  const looks = [
    foreignKeys({
      host,
      container: nameOf(prefix, "redis"),
      password: secrets.redisPassword ?? "",
      prefix: KEY_PREFIX,
      databases: [redisDatabases.cache, redisDatabases.broker],
    }),
    config.adopt
      ? undefined
      : foreignDatabase({ server, role: ROLE, database: DATABASE, marker: markerOf(stack) }),
  ];
  const problems = await Promise.all(
    looks.map((look) =>
      look?.catch((error: unknown) => {
        if (error instanceof HostError)
          return `${error.message}; is its password set? See platform:*Password`;
        throw error;
      }),
    ),
  );
  return problems.filter((problem) => problem !== undefined);
}
