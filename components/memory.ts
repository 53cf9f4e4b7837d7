import { type PlaneOpsConfig, runsN8n, type Service } from "../config.ts";
import { SOCKET_PROXY_MEMORY } from "./openclaw/socketProxy.ts";
import { BACKUP_CONTAINER } from "./platform/names.ts";

/** Memory that the stack's containers may use at most, in MiB. */
export interface MemoryPlan {
  total: number;
  /** `platform:memoryBudget`. */
  budget: number;
  /** Container name without the prefix to its limit. */
  containers: Record<string, number>;
}

const PLANE: Record<string, Service> = {
  plane_admin: "admin",
  plane_api: "api",
  plane_minio: "minio",
  plane_web: "web",
  plane_worker: "worker",
};
const EMBEDDED: Record<string, Service> = { caddy: "caddy", postgresql: "postgresql", redis: "redis" };

const COLLECTOR: Record<string, Service> = {
  plane_blackbox_exporter: "blackbox_exporter",
  plane_container_exporter: "container_exporter",
  plane_node_exporter: "node_exporter",
  plane_postgres_exporter: "postgres_exporter",
  plane_redis_exporter: "redis_exporter",
  plane_vmagent: "vmagent",
};
const OBSERVABILITY: Record<string, Service> = {
  alloy: "alloy",
  loki: "loki",
  socket_proxy: "socket_proxy",
  victoriametrics: "victoriametrics",
};

/** The sum of all limits; the migrator is left out, for it is gone when the rest is up. */
export function memoryPlan(config: PlaneOpsConfig): MemoryPlan {
  const services = {
    ...(config.mode === "embedded" ? EMBEDDED : {}),
    ...(runsN8n(config) && ({ n8n: "n8n" } as const)),
    ...PLANE,
    ...(config.monitoring && COLLECTOR),
    ...(config.backup && ({ [BACKUP_CONTAINER]: "backup" } as const)),
    ...(config.monitoring && config.mode === "embedded" && OBSERVABILITY),
  };
  const limits = {
    ...Object.fromEntries(
      Object.entries(services).map(([name, service]) => [name, config.limits[service].memory]),
    ),
    ...(config.openclaw && {
      openclaw: config.openclaw.limit.memory,
      openclaw_docker: SOCKET_PROXY_MEMORY,
    }),
  };
  const containers = Object.fromEntries(
    Object.entries(limits)
      .sort()
      .map(([name, memory]) => [`${config.prefix}_${name}`, memory]),
  );
  const total = Object.values(containers).reduce((sum, memory) => sum + memory, 0);
  return { total, budget: config.memoryBudget, containers };
}

/** One line for the preview, and whether the sum is above the budget. */
export function memoryMessage({ total, budget, containers }: MemoryPlan): { text: string; warn: boolean } {
  const sum = `${Object.keys(containers).length} containers may use ${total} MiB`;
  if (total <= budget) return { text: `${sum} of ${budget} MiB (platform:memoryBudget)`, warn: false };
  return {
    text: `${sum}, more than the ${budget} MiB of platform:memoryBudget: lower plane:limits, or pulumi config set platform:memoryBudget ${total}m`,
    warn: true,
  };
}
