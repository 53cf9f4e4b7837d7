import { backupPlaces } from "../../components/backup/layout.ts";
import { DATABASE, KEY_PREFIX, ROLE } from "../../components/plane/tenancy.ts";
import { BACKUP_CONTAINER, nameOf } from "../../components/platform/names.ts";
import { planeUrl } from "../../components/platform/platform.ts";
import type { PlaneOpsConfig } from "../../config.ts";
import { type DockerHost, placeOf, run, runOrThrow } from "../../providers/host/run.ts";
import { shellQuote } from "../../providers/host/shell.ts";
import type { PostgresqlServer } from "../../providers/postgresql/psql.ts";
import type { NamespaceInputs } from "../../providers/redis/namespace.ts";
import { Problem } from "../setup/problem.ts";

/** Where a stack's backups are, and what they are of. */
export interface Place {
  host: DockerHost;
  stack: string;
  planeVersion: string;
  /** Host of Plane's address. */
  site: string;
  /** Full names of containers, among them those that a restore and a drill make. */
  container: {
    backup: string;
    api: string;
    worker: string;
    minio: string;
    redis: string;
    restore: string;
    beside: { api: string; minio: string; redis: string };
  };
  /** The one with the attachments, and the drill's. */
  volume: { uploads: string; beside: string };
  /** On which PostgreSQL is. */
  network: string;
  folder: ReturnType<typeof backupPlaces>;
  database: string;
  role: string;
  server: PostgresqlServer;
  /** Plane's cache and its queue, which speak of the data that was there. */
  redis: NamespaceInputs;
}

/** Hours are for a large Plane: what has no end is ended. */
export const HOURS = 3 * 3600;

/** Passwords are the configuration's, or those of containers that this stack has made. */
export async function placeOfBackups(config: PlaneOpsConfig): Promise<Place> {
  const named = (part: string) => nameOf(config.prefix, part);
  const container = {
    backup: named(BACKUP_CONTAINER),
    api: named("plane_api"),
    worker: named("plane_worker"),
    minio: named("plane_minio"),
    redis: named("redis"),
    restore: named("plane_restore"),
    beside: {
      api: named("plane_drill_api"),
      minio: named("plane_drill_minio"),
      redis: named("plane_drill_redis"),
    },
  };
  const { docker: host, secrets, redisDatabases } = config;
  const postgresql = named("postgresql");
  const passwords = await Promise.all([
    secrets.postgresqlPassword ?? variableOf(host, postgresql, "POSTGRES_PASSWORD"),
    secrets.redisPassword ?? variableOf(host, container.redis, "REDIS_PASSWORD"),
  ]);
  return {
    host,
    stack: config.stack,
    planeVersion: config.planeVersion,
    site: new URL(planeUrl("https", config.domain)).host,
    container,
    volume: { uploads: named("plane_uploads"), beside: named("plane_drill") },
    network: named("backend"),
    folder: backupPlaces(config),
    database: DATABASE,
    role: ROLE,
    server: { host, container: postgresql, superuser: "postgres", password: passwords[0] },
    redis: {
      ...{ host, container: container.redis, password: passwords[1], prefix: KEY_PREFIX },
      ...{ databases: [redisDatabases.cache, redisDatabases.broker], removeKeys: true },
    },
  };
}

async function variableOf(host: DockerHost, container: string, name: string): Promise<string> {
  const value = await runOrThrow(
    host,
    `asking ${container}`,
    `docker exec ${shellQuote(container)} printenv ${name}`,
  );
  return value.trim();
}

/**
 * Runs the backup's own program in its container.
 * @throws Problem with its words.
 */
export async function program({ host, container }: Place, ...args: string[]): Promise<string> {
  const call = ["docker", "exec", container.backup, "/opt/plane-backup/plane-backup", ...args];
  const { code, stdout, stderr } = await run(host, call.map(shellQuote).join(" "), { timeout: HOURS });
  if (code === 0) return stdout;
  if (/No such container|is not running/.test(stderr))
    throw new Problem(
      `${container.backup} does not run on ${placeOf(host)}. Bring it up: ` +
        "npm run pulumi -- config set backup:enabled true, then npm start (or up --refresh of another stack)",
    );
  throw new Problem(stderr.trim().replaceAll("plane-backup: ", "") || `plane-backup ended with ${code}`);
}

/** Names of the archives that are there, newest first. */
export async function archivesOf({ host, folder }: Place): Promise<string[]> {
  const list = await runOrThrow(
    host,
    "listing archives",
    `ls -1 ${shellQuote(folder.archives)} 2>/dev/null || true`,
  );
  return list
    .split("\n")
    .filter((name) => /^plane-\d{8}T\d{6}Z\.tar$/.test(name))
    .sort()
    .reverse();
}
