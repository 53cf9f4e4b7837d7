import { markerOf } from "../../components/database.ts";
import { runOrThrow } from "../../providers/host/run.ts";
import { shellQuote } from "../../providers/host/shell.ts";
import { identifier, literal, psql } from "../../providers/postgresql/psql.ts";
import { delete as removeKeys } from "../../providers/redis/namespace.ts";
import { Problem } from "../setup/problem.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { HOURS, type Place, program } from "./place.ts";

/** The dump is put here first, and becomes Plane's database by being renamed. */
export const SIDE = "plane_restore";
/** Plane's api is well again within this. */
const WELL_S = 300;

/**
 * Reads all of an archive back.
 * @throws Problem that says what is wrong with it; nothing was touched.
 */
export async function checked(place: Place, archive: string): Promise<Manifest> {
  return parseManifest(await program(place, "verify", `/archives/${archive}`));
}

/**
 * Puts the archive's dump into a database beside Plane's, and compares the rows of every table.
 * @throws Problem when they differ; Plane's own database was not touched.
 */
export async function restoreBeside(place: Place, archive: string, manifest: Manifest): Promise<void> {
  await dropBeside(place);
  const owner = identifier(place.role);
  await psql(
    place.server,
    "making a database for the restore",
    [
      `CREATE DATABASE ${identifier(SIDE)} OWNER ${owner} TEMPLATE template0;`,
      `REVOKE CONNECT ON DATABASE ${identifier(SIDE)} FROM PUBLIC;`,
      `COMMENT ON DATABASE ${identifier(SIDE)} IS ${literal(markerOf(place.stack))};`,
    ].join("\n"),
  );
  await program(place, "database", `/archives/${archive}`, SIDE);
  const differing = differences(manifest.rows, await rowsOf(place, SIDE));
  if (differing.length > 0)
    throw new Problem(
      `The restored database is not the saved one, and was not used: ${differing.join("; ")}`,
    );
}

/** What a restore leaves that goes no further. */
export async function dropBeside({ server }: Place): Promise<void> {
  const drop = `DROP DATABASE IF EXISTS ${identifier(SIDE)} WITH (FORCE);`;
  await psql(server, "dropping what a restore left", drop);
}

/** Rows by table, as the manifest counts them. */
export async function rowsOf({ server }: Place, database: string): Promise<Map<string, number>> {
  const count = "query_to_xml(format('select count(*) as c from public.%I', table_name), false, true, '')";
  const rows = await psql(
    server,
    `counting rows of ${database}`,
    `SELECT table_name, (xpath('/row/c/text()', ${count}))[1] FROM information_schema.tables
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1;`,
    database,
  );
  return new Map(rows.map((row) => row.split("|")).map(([table = "", count]) => [table, Number(count)]));
}

function differences(saved: Map<string, number>, restored: Map<string, number>): string[] {
  return [...new Set([...saved.keys(), ...restored.keys()])]
    .filter((table) => saved.get(table) !== restored.get(table))
    .map((table) => `${table} had ${saved.get(table) ?? "no"} rows and has ${restored.get(table) ?? "none"}`);
}

/**
 * Adds the archive's attachments to those that are there. An object never changes under its name, so that what is there
 * and right stays, and a database finds its own whether it is the old or the new one.
 */
export function restoreObjects(place: Place, archive: string): Promise<void> {
  return addObjects(place, archive, place.volume.uploads);
}

/** Puts an archive's attachments into a volume. */
export async function addObjects(place: Place, archive: string, volume: string): Promise<void> {
  const { host, container, folder } = place;
  const quoted = [
    ...["docker", "run", "--rm", "--name", container.restore, "--network", "none", "--user", "0:0"],
    ...["--cap-drop", "ALL", "--cap-add", "CHOWN", "--cap-add", "DAC_OVERRIDE", "--cap-add", "FOWNER"],
    ...["--security-opt", "no-new-privileges:true", "--volume", `${volume}:/uploads`],
    ...["--volume", `${folder.program}:/opt/plane-backup:ro`],
    ...["--volume", `${folder.secrets}:/run/plane-backup:ro`],
    ...["--volume", `${folder.archives}:/archives:ro`],
  ].map(shellQuote);
  const image = `"$(docker inspect --format '{{.Image}}' ${shellQuote(container.backup)})"`;
  await runOrThrow(
    host,
    "adding attachments",
    [
      // One that was killed with its client goes on without it.
      `docker rm --force ${shellQuote(container.restore)} > /dev/null 2>&1 || true`,
      `exec ${quoted.join(" ")} ${image} /opt/plane-backup/plane-backup objects ${shellQuote(`/archives/${archive}`)}`,
    ].join("\n"),
    { timeout: HOURS },
  );
}

/** Who writes into the database, the worker first: it asks the api nothing. */
export async function stopPlane({ host, container }: Place): Promise<void> {
  for (const name of [container.worker, container.api])
    await runOrThrow(host, `stopping ${name}`, `docker stop --time 30 ${shellQuote(name)}`, { timeout: 120 });
}

/**
 * Exchanges the databases in one transaction: at any moment there is the old one or the new one, and never none.
 * @returns the name that the old one has now; undefined where there was none.
 */
export async function exchange({ server, database }: Place, now: Date): Promise<string | undefined> {
  const kept = `plane_before_${now.toISOString().replace(/\D/g, "").slice(0, 14)}`;
  const exists = await psql(
    server,
    "looking for the database",
    `SELECT 1 FROM pg_database WHERE datname = ${literal(database)};`,
  );
  const renames = [
    ...(exists.length > 0 ? [`ALTER DATABASE ${identifier(database)} RENAME TO ${identifier(kept)};`] : []),
    `ALTER DATABASE ${identifier(SIDE)} RENAME TO ${identifier(database)};`,
  ];
  const names = [database, SIDE].map(literal).join(", ");
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (${names}) AND pid <> pg_backend_pid();`;
  // Who only reads, an exporter, may be back between the two.
  for (let attempt = 1; ; attempt += 1)
    try {
      await psql(server, "exchanging the databases", [end, "BEGIN;", ...renames, "COMMIT;"].join("\n"));
      return exists.length > 0 ? kept : undefined;
    } catch (error) {
      if (attempt === 5 || !/being accessed by other users/.test((error as Error).message)) throw error;
    }
}

/** Starts Plane again without what its cache and its queue remember, the api before its worker, and waits until it answers. */
export async function startPlane({ host, container, redis }: Place): Promise<void> {
  await removeKeys("", redis);
  for (const name of [container.api, container.worker]) {
    const state = `docker inspect --format '{{.State.Health.Status}}' ${shellQuote(name)}`;
    await runOrThrow(
      host,
      `starting ${name}`,
      `docker start ${shellQuote(name)} > /dev/null
       for _ in $(seq ${WELL_S}); do [ "$(${state})" = healthy ] && exit 0; sleep 1; done
       echo "it is not healthy after ${WELL_S} s: docker logs ${name}" >&2; exit 1`,
      { timeout: WELL_S + 60 },
    );
  }
}
