import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { containerIsDown } from "../host/container.ts";
import { type DockerHost, HostError, lastLines, run, runOrThrow } from "../host/run.ts";
import { shellQuote, shellWords } from "../host/shell.ts";
import { type PostgresqlServer, psql } from "../postgresql/psql.ts";
import { compareVersions } from "./version.ts";

/** Plane's database schema at one version, brought there by a one-shot container. */
export interface MigrationInputs {
  host: DockerHost;
  server: PostgresqlServer;
  database: string;
  /** Image tag, like `v1.3.1`. A lower one than the last that ran is refused. */
  version: string;
  /** Id of the image behind that tag: a tag that was pushed again may hold other migrations. */
  image: string;
  /** Words of `docker create` after the name: limits, networks, mounts, image, command. */
  container: string[];
  /** Name of the one-shot container. It stays for its log until the next run. */
  name: string;
  /** The stack's mark (label `io.javisi.owner`): a container of that name with another one is refused. */
  owner: string;
  /** Environment of the migrator; secret. */
  environment: Record<string, string>;
  /** Containers that use the schema: stopped, in this order, before it changes. */
  users: string[];
  /** Folder on the host for dumps taken before a schema changes. */
  dumps: string;
}

/** What the last run left. */
interface MigrationOutputs extends MigrationInputs {
  /** Number and last id of the applied migrations; another value means that the database was replaced since. */
  applied: string;
  /** Path of the dump taken before the last change, or empty. */
  dump: string;
  /** The oldest version known to have this very schema. */
  since: string;
  /** Id of the container that ran last: who uses the schema is replaced after each run, for the run has stopped it. */
  run: string;
}

/** Migrations of an empty database take 100 s of CPU (contracts/plane); half an hour is for a slow host and a big one. */
const MIGRATION_TIMEOUT = 1800;
const DUMP_TIMEOUT = 3600;
/** Seconds for which the server may be away: it may be restarting. */
const SERVER_GRACE = 20;
/** Exit code of our own script, which Plane's entry points do not use. */
const SERVER_GONE = 97;

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

/**
 * No I/O: a downgrade is told by the state. Django has no way back from a newer schema, but versions that share one
 * may be exchanged freely.
 * @throws HostError with the way back, so that preview refuses.
 */
export async function diff(
  _id: string,
  olds: MigrationOutputs,
  news: MigrationInputs,
): Promise<dynamic.DiffResult> {
  if (olds.version && compareVersions(news.version, olds.since) < 0)
    throw new HostError(
      `the database has the schema of Plane ${olds.since}; ${news.version} cannot run on it. Stay: ` +
        `pulumi config set plane:version ${olds.version}. To go back, restore a dump taken before the upgrade (in ${olds.dumps}), ` +
        "then run pulumi up --refresh: docs/runbooks/plane-downgrade.md has the commands",
    );
  return difference({ ...olds }, { ...news }, ["database"]);
}

export async function create(inputs: MigrationInputs): Promise<dynamic.CreateResult> {
  return { id: `${inputs.database}-schema`, outs: await migrate(inputs) };
}

/** A database that was restored, emptied or dropped no longer holds what we left: its version is unknown, and `up` migrates. */
export async function read(id: string, props: MigrationOutputs): Promise<dynamic.ReadResult> {
  let applied: string;
  try {
    applied = await appliedMigrations(props);
  } catch (error) {
    if (containerIsDown(error)) applied = props.applied;
    else if (databaseIsMissing(error)) applied = "";
    else throw error;
  }
  const { applied: _applied, dump: _dump, since: _since, run: _run, ...inputs } = props;
  const version = applied === props.applied ? props.version : "";
  return { id, props: { ...props, version }, inputs: { ...inputs, version } };
}

/** Migrates when version or image differ; other changes are for the next run. */
export async function update(
  _id: string,
  olds: MigrationOutputs,
  news: MigrationInputs,
): Promise<dynamic.UpdateResult> {
  if (olds.version === news.version && olds.image === news.image) return { outs: { ...olds, ...news } };
  const outs = await migrate(news);
  // Shown among the run's diagnostics.
  if (outs.dump === "" && olds.applied !== "")
    console.log(
      `${news.database} was empty, and has its schema again. What lived inside Plane comes back with: pulumi up --refresh`,
    );
  const sameSchema = outs.applied === olds.applied && olds.version !== "";
  return { outs: sameSchema ? { ...outs, since: olds.since } : outs };
}

/** Removes the finished container; the schema goes with its database. */
async function remove(_id: string, props: MigrationOutputs): Promise<void> {
  await run(props.host, `docker rm -f ${shellQuote(props.name)}`);
}

export { remove as delete };

/** Dump what is there, stop who uses it, run the migrator, and say its last words when it fails. */
async function migrate(inputs: MigrationInputs): Promise<MigrationOutputs> {
  const { host, name } = inputs;
  await refuseForeignContainer(inputs);
  const dump = (await appliedMigrations(inputs)) === "" ? "" : await dumpDatabase(inputs);
  for (const user of inputs.users) {
    const stopped = await run(host, `docker stop ${shellQuote(user)}`);
    if (stopped.code !== 0 && !containerIsDown(new Error(stopped.stderr)))
      throw new HostError(`stopping ${user} failed: ${lastLines(stopped.stderr, 1)}`);
  }
  const create = [
    `docker rm -f ${shellQuote(name)} > /dev/null 2>&1`,
    // The environment comes in on standard input: secrets stay off the command line and out of files.
    // Through cat, because a socket, as Node gives one, cannot be opened as /dev/stdin.
    `cat | docker create --name ${shellQuote(name)} --env-file /dev/stdin ${shellWords(inputs.container)}`,
  ].join("\n");
  const stdin = Object.entries(inputs.environment)
    .sort()
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
  await runOrThrow(host, `creating ${name}`, create, { stdin });
  const outcome = await run(host, watchedRun(name, inputs.server.container), { timeout: MIGRATION_TIMEOUT });
  if (outcome.code === SERVER_GONE)
    throw new HostError(
      `${inputs.server.container} stopped while ${name} was at work, so nothing that needs the new schema is started. ` +
        `Start it (docker start ${inputs.server.container}), then run pulumi up again`,
    );
  if (outcome.code !== 0) {
    const log = await run(host, `docker logs --tail 15 ${shellQuote(name)} 2>&1`);
    const words = lastLines(log.stdout, 15) || lastLines(outcome.stderr, 5);
    throw new HostError(
      `${name} ended with exit code ${outcome.code}, so nothing that needs the new schema is started. Its last lines:\n${words}\n` +
        `${dump ? `The database as it was before is in ${dump}. ` : ""}All of its log: docker logs ${name}. When the cause is mended, run pulumi up again`,
    );
  }
  const id = await runOrThrow(
    host,
    `inspecting ${name}`,
    `docker inspect --format '{{.Id}}' ${shellQuote(name)}`,
  );
  return { ...inputs, applied: await appliedMigrations(inputs), dump, since: inputs.version, run: id.trim() };
}

/** Starts a container and ends with its exit code: Plane's entry point waits for its database for ever, we do not. */
function watchedRun(name: string, server: string): string {
  const running = (container: string) =>
    `[ "$(docker inspect --format '{{.State.Running}}' ${shellQuote(container)})" = true ]`;
  return [
    `docker start ${shellQuote(name)} > /dev/null || exit 125`,
    "gone=0",
    `while ${running(name)}; do`,
    `  if ${running(server)}; then gone=0; else gone=$((gone + 1)); fi`,
    `  if [ "$gone" -ge ${SERVER_GRACE} ]; then docker stop ${shellQuote(name)} > /dev/null; exit ${SERVER_GONE}; fi`,
    "  sleep 1",
    "done",
    `exit "$(docker inspect --format '{{.State.ExitCode}}' ${shellQuote(name)})"`,
  ].join("\n");
}

async function refuseForeignContainer({ host, name, owner }: MigrationInputs): Promise<void> {
  const label = await run(
    host,
    `docker inspect --format '{{index .Config.Labels "io.javisi.owner"}}' ${shellQuote(name)}`,
  );
  if (label.code !== 0 || label.stdout.trim() === owner) return;
  throw new HostError(
    `a container ${name} exists that is not of this stack. Remove or rename it: docker rename ${name} ${name}_old`,
  );
}

async function dumpDatabase({ host, server, database, dumps }: MigrationInputs): Promise<string> {
  const time = new Date().toISOString().replace(/[:.]/g, "-");
  const path = `${dumps}/${database}-${time}.dump`;
  const [file, partial] = [shellQuote(path), shellQuote(`${path}.partial`)];
  const inContainer = (command: string) =>
    `docker exec -i ${shellQuote(server.container)} sh -c ${shellQuote(command)}`;
  const dump = `IFS= read -r PGPASSWORD && export PGPASSWORD && exec pg_dump -Fc -U ${shellQuote(server.superuser)} ${shellQuote(database)}`;
  const script = [
    "set -e; umask 077",
    `mkdir -p ${shellQuote(dumps)}`,
    `${inContainer(dump)} > ${partial}`,
    `${inContainer("exec pg_restore --list")} < ${partial} > /dev/null`,
    `mv ${partial} ${file}`,
  ].join("\n");
  await runOrThrow(host, `dumping ${database} before its schema changes`, script, {
    stdin: `${server.password}\n`,
    timeout: DUMP_TIMEOUT,
  });
  return path;
}

/** `<number>:<last id>` of Django's applied migrations; empty when the database has none. */
async function appliedMigrations({
  server,
  database,
}: Pick<MigrationInputs, "server" | "database">): Promise<string> {
  const step = "reading applied migrations";
  const [exists] = await psql(
    server,
    step,
    "SELECT to_regclass('public.django_migrations') IS NOT NULL;",
    database,
  );
  if (exists !== "t") return "";
  const [row = ""] = await psql(
    server,
    step,
    "SELECT count(*) || ':' || coalesce(max(id), 0) FROM django_migrations;",
    database,
  );
  return row === "0:0" ? "" : row;
}

function databaseIsMissing(error: unknown): boolean {
  return error instanceof Error && /database ".*" does not exist/.test(error.message);
}
