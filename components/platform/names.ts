import { NETWORKS, type NetworkName } from "./subnet.ts";

/** `javisi` and `plane_api` give `javisi_plane_api`: how the platform names containers, networks and volumes. */
export function nameOf(prefix: string, part: string): string {
  return `${prefix}_${part}`;
}

/** Containers of Plane itself, in both modes. */
export const PLANE_CONTAINERS = [
  "plane_admin",
  "plane_api",
  "plane_migrator",
  "plane_minio",
  "plane_web",
  "plane_worker",
] as const;

/** Containers that the platform gives us (`existing`) or that we make (`embedded`). */
export const PLATFORM_CONTAINERS = ["caddy", "postgresql", "redis"] as const;

/** Containers that measure (`monitoring:enabled`), in both modes. */
export const COLLECTOR_CONTAINERS = [
  "plane_blackbox_exporter",
  "plane_container_exporter",
  "plane_node_exporter",
  "plane_postgres_exporter",
  "plane_redis_exporter",
  "plane_vmagent",
] as const;

/** The container that saves Plane (`backup:enabled`), in both modes. */
export const BACKUP_CONTAINER = "plane_backup";

/** Containers that keep what is measured and logged: the platform's (`existing`), or ours (`embedded`). */
export const OBSERVABILITY_CONTAINERS = ["alloy", "loki", "socket_proxy", "victoriametrics"] as const;

export const PLANE_VOLUMES = ["plane_uploads"] as const;

export const PLATFORM_VOLUMES = ["caddy_data", "postgresql", "redis"] as const;

export const OBSERVABILITY_VOLUMES = ["loki", "victoriametrics"] as const;

export const NETWORK_NAMES = Object.keys(NETWORKS) as NetworkName[];
