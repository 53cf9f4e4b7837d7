import type { dynamic } from "@pulumi/pulumi";
import { changedInputs, difference } from "../difference.ts";
import { containerIsDown } from "../host/container.ts";
import { HostError } from "../host/run.ts";
import { CHANGED_OUTSIDE } from "./database.ts";
import { identifier, literal, type PostgresqlServer, psql } from "./psql.ts";
import { verifierMatches } from "./scram.ts";

/** A role that may look at a server's figures, and at single columns of one database. */
export interface MonitorInputs {
  server: PostgresqlServer;
  role: string;
  /** Secret. */
  password: string;
  /** The database whose columns it reads; the server's figures come with `pg_monitor`. */
  database: string;
  /** What it may read, like `webhooks.is_active`; what is not there (yet) is drift. */
  columns: string[];
  /** All else that it is or may, sorted, in {@link OTHERWISE}'s words: anything beyond is drift. */
  rights: string[];
  /** `<project>/<stack>`, kept as comment on the role: says whose it is. */
  marker: string;
  /** Take over a role of this name that carries no marker of ours. */
  adopt: boolean;
}

/** What a monitor is and may beside reading columns. */
export const OTHERWISE = ["connect", "login", "member of pg_monitor"];

/** Connections at a time: the exporter's one, and one that hangs. */
const CONNECTIONS = 3;

interface Found extends Pick<MonitorInputs, "columns" | "rights" | "marker"> {
  exists: boolean;
  /** Whether the database is there: it may be gone before the role. */
  hasDatabase: boolean;
  verifier: string;
}

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(
  _id: string,
  olds: MonitorInputs,
  news: MonitorInputs,
): Promise<dynamic.DiffResult> {
  return difference(ofRole(olds), ofRole(news), ["role", "database"]);
}

/** Gets or makes the role; one that exists unmarked is refused unless `adopt`. */
export async function create(inputs: MonitorInputs): Promise<dynamic.CreateResult> {
  const found = await look(inputs);
  if (found.exists && found.marker !== inputs.marker && !inputs.adopt) {
    throw new HostError(
      `PostgreSQL in ${inputs.server.container} already has role ${inputs.role}, not made by this stack. ` +
        "To take it over: pulumi config set platform:adopt true",
    );
  }
  await converge(inputs, found);
  return { id: inputs.role, outs: inputs };
}

/** Gone: made again. Password, rights, columns or marker changed: drift. With the server down nothing can be said. */
export async function read(id: string, props: MonitorInputs): Promise<dynamic.ReadResult> {
  let found: Found;
  try {
    found = await look(props);
  } catch (error) {
    if (containerIsDown(error)) return { id, props, inputs: props };
    throw error;
  }
  if (!found.exists) return {};
  const { columns, rights, marker } = found;
  const password = verifierMatches(found.verifier, props.password, props.role)
    ? props.password
    : CHANGED_OUTSIDE;
  const actual: MonitorInputs = { ...props, password, columns, rights, marker };
  return { id, props: actual, inputs: actual };
}

export async function update(
  _id: string,
  olds: MonitorInputs,
  news: MonitorInputs,
): Promise<dynamic.UpdateResult> {
  if (changedInputs(ofRole(olds), ofRole(news)).length > 0) await converge(news, await look(news));
  return { outs: news };
}

/** Takes the role and its rights away; a server or a database that is gone has taken them along. */
async function remove(_id: string, props: MonitorInputs): Promise<void> {
  try {
    const { server, database, role } = props;
    const { exists, hasDatabase } = await look(props);
    if (!exists) return;
    const step = `dropping role ${role}`;
    const owned = `DROP OWNED BY ${identifier(role)};`;
    if (hasDatabase) await psql(server, step, owned, database);
    await psql(server, step, `${owned}\nDROP ROLE IF EXISTS ${identifier(role)};`);
  } catch (error) {
    if (!containerIsDown(error)) throw error;
  }
}

export { remove as delete };

/** How the server is reached, and the leave to adopt, change nothing in the role. */
function ofRole({ server: _server, adopt: _adopt, ...rest }: MonitorInputs): Record<string, unknown> {
  return rest;
}

async function look({ server, role, database }: MonitorInputs): Promise<Found> {
  const name = literal(role);
  const rows = await psql(
    server,
    `reading role ${role}`,
    `SELECT 'role', coalesce(rolpassword, ''), coalesce(shobj_description(oid, 'pg_authid'), '')
  FROM pg_authid WHERE rolname = ${name};
SELECT 'right', unnest(array_remove(ARRAY[
  CASE WHEN rolcanlogin THEN 'login' END, CASE WHEN rolsuper THEN 'superuser' END,
  CASE WHEN rolcreatedb THEN 'create databases' END, CASE WHEN rolcreaterole THEN 'create roles' END,
  CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypass row security' END], NULL))
  FROM pg_authid WHERE rolname = ${name};
SELECT 'right', 'member of ' || pg_get_userbyid(roleid) FROM pg_auth_members
  WHERE member = (SELECT oid FROM pg_authid WHERE rolname = ${name});
SELECT 'right', lower(privilege_type) FROM pg_database, aclexplode(datacl)
  WHERE datname = ${literal(database)} AND grantee = (SELECT oid FROM pg_authid WHERE rolname = ${name});
SELECT 'database' FROM pg_database WHERE datname = ${literal(database)};`,
  );
  const fields = (kind: string) =>
    rows.filter((row) => row.startsWith(`${kind}|`)).map((row) => row.split("|").slice(1));
  const [found] = fields("role");
  const [verifier = "", marker = ""] = found ?? [];
  const hasDatabase = rows.includes("database");
  const { columns, more } =
    found !== undefined && hasDatabase ? await privileges(server, role, database) : { columns: [], more: [] };
  const rights = [...fields("right").map(([right = ""]) => right), ...more].sort();
  return { exists: found !== undefined, hasDatabase, verifier, marker, columns, rights };
}

/** What the role was granted in the database: columns that it reads, and everything that is more than that. */
async function privileges(
  server: PostgresqlServer,
  role: string,
  database: string,
): Promise<{ columns: string[]; more: string[] }> {
  const grantee = `grantee = (SELECT oid FROM pg_authid WHERE rolname = ${literal(role)})`;
  const rows = await psql(
    server,
    `reading what role ${role} may`,
    `SELECT 'column', c.relname || '.' || a.attname, lower(privilege_type)
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid, aclexplode(attacl) WHERE ${grantee};
SELECT 'table', c.relname, lower(privilege_type) FROM pg_class c, aclexplode(relacl) WHERE ${grantee};`,
    database,
  );
  const columns: string[] = [];
  const more: string[] = [];
  for (const [kind, name = "", privilege] of rows.map((row) => row.split("|")))
    if (kind === "column" && privilege === "select") columns.push(name);
    else more.push(`${privilege} ${name}`);
  return { columns: columns.sort(), more };
}

async function converge(inputs: MonitorInputs, found: Found): Promise<void> {
  const { server, database, columns, marker } = inputs;
  const role = identifier(inputs.role);
  const password = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT ${CONNECTIONS} PASSWORD ${literal(inputs.password)}`;
  const memberships = found.rights.flatMap((right) => /^member of (.+)$/.exec(right)?.[1] ?? []);
  const statements = [
    "SET log_statement = 'none';",
    "SET log_min_error_statement = 'panic';",
    "BEGIN;",
    found.exists ? `ALTER ROLE ${role} ${password};` : `CREATE ROLE ${role} ${password};`,
    `COMMENT ON ROLE ${role} IS ${literal(marker)};`,
    ...memberships.map((other) => `REVOKE ${identifier(other)} FROM ${role};`),
    // Of all that it was granted here nothing stays but what follows; it owns nothing.
    `DROP OWNED BY ${role};`,
    `GRANT pg_monitor TO ${role};`,
    `GRANT CONNECT ON DATABASE ${identifier(database)} TO ${role};`,
    ...columns.map((column) => grantColumn(column, role)),
    "COMMIT;",
  ];
  await psql(server, `setting up role ${inputs.role}`, statements.join("\n"), database);
}

/** A table that is not there is no error: it comes with a migration, and the next look finds that the right is missing. */
function grantColumn(path: string, role: string): string {
  const [table = "", column = ""] = path.split(".");
  const grant = `GRANT SELECT (${identifier(column)}) ON ${identifier(table)} TO ${role}`;
  return `DO $$ BEGIN IF to_regclass(${literal(identifier(table))}) IS NOT NULL THEN ${grant}; END IF; END $$;`;
}
