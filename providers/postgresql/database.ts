import type { dynamic } from "@pulumi/pulumi";
import { changedInputs, difference } from "../difference.ts";
import { containerIsDown } from "../host/container.ts";
import { HostError } from "../host/run.ts";
import { identifier, literal, type PostgresqlServer, psql } from "./psql.ts";
import { verifierMatches } from "./scram.ts";

/** A role with one database of its own on a shared server. */
export interface DatabaseInputs {
  server: PostgresqlServer;
  role: string;
  /** Secret. */
  password: string;
  database: string;
  /** Role that owns the database; anything else is drift. */
  owner: string;
  /** Whether roles other than the owner may connect: PostgreSQL's default, and never wanted here. */
  publicConnect: boolean;
  /** `<project>/<stack>`, kept as comment on role and database: says whose they are. */
  marker: string;
  /** Take over a role and a database of these names that carry no marker of ours. */
  adopt: boolean;
}

/** Stands for a password that is not the one we set; the real one cannot be read back. */
export const CHANGED_OUTSIDE = "(changed outside of Pulumi)";

interface Found {
  roleExists: boolean;
  verifier: string;
  roleMarker: string;
  owner: string;
  publicConnect: boolean;
  databaseMarker: string;
}

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(
  _id: string,
  olds: DatabaseInputs,
  news: DatabaseInputs,
): Promise<dynamic.DiffResult> {
  return difference(ofDatabase(olds), ofDatabase(news), ["role", "database"]);
}

/** Gets or makes role and database; what exists unmarked is refused unless `adopt`. */
export async function create(inputs: DatabaseInputs): Promise<dynamic.CreateResult> {
  const found = await look(inputs);
  refuseForeign(inputs, found);
  await converge(inputs, found);
  return { id: inputs.database, outs: inputs };
}

/**
 * Role or database gone: made again. Password, owner, CONNECT or marker changed: drift.
 * With the server down nothing can be said, and its own container is the drift.
 */
export async function read(id: string, props: DatabaseInputs): Promise<dynamic.ReadResult> {
  let found: Found;
  try {
    found = await look(props);
  } catch (error) {
    if (containerIsDown(error)) return { id, props, inputs: props };
    throw error;
  }
  if (!found.roleExists || found.owner === "") return {};
  const actual: DatabaseInputs = {
    ...props,
    password: verifierMatches(found.verifier, props.password, props.role) ? props.password : CHANGED_OUTSIDE,
    owner: found.owner,
    publicConnect: found.publicConnect,
    marker: found.databaseMarker === props.marker ? found.roleMarker : found.databaseMarker,
  };
  return { id, props: actual, inputs: actual };
}

export async function update(
  _id: string,
  olds: DatabaseInputs,
  news: DatabaseInputs,
): Promise<dynamic.UpdateResult> {
  if (changedInputs(ofDatabase(olds), ofDatabase(news)).length > 0) await converge(news, await look(news));
  return { outs: news };
}

/** Drops both; a server that is gone has taken them along. */
async function remove(_id: string, props: DatabaseInputs): Promise<void> {
  try {
    await psql(
      props.server,
      `dropping database ${props.database}`,
      `DROP DATABASE IF EXISTS ${identifier(props.database)} WITH (FORCE);\nDROP ROLE IF EXISTS ${identifier(props.role)};`,
    );
  } catch (error) {
    if (!containerIsDown(error)) throw error;
  }
}

export { remove as delete };

/** What the database itself is: how the server is reached, and the leave to adopt, change nothing in it. */
function ofDatabase({ server: _server, adopt: _adopt, ...rest }: DatabaseInputs): Record<string, unknown> {
  return rest;
}

async function look({
  server,
  role,
  database,
}: Pick<DatabaseInputs, "server" | "role" | "database">): Promise<Found> {
  const rows = await psql(
    server,
    `reading database ${database}`,
    [
      `SELECT 'role', coalesce(rolpassword, ''), coalesce(shobj_description(oid, 'pg_authid'), '')`,
      `  FROM pg_authid WHERE rolname = ${literal(role)};`,
      `SELECT 'database', pg_get_userbyid(datdba), coalesce(shobj_description(oid, 'pg_database'), ''),`,
      // grantee 0 is PUBLIC; no ACL at all means the default one, which lets PUBLIC connect.
      `  datacl IS NULL OR EXISTS (SELECT FROM aclexplode(datacl) WHERE grantee = 0 AND privilege_type = 'CONNECT')`,
      `  FROM pg_database WHERE datname = ${literal(database)};`,
    ].join("\n"),
  );
  const fields = (kind: string) => rows.find((row) => row.startsWith(`${kind}|`))?.split("|");
  const roleRow = fields("role");
  const databaseRow = fields("database");
  return {
    roleExists: roleRow !== undefined,
    verifier: roleRow?.[1] ?? "",
    roleMarker: roleRow?.[2] ?? "",
    owner: databaseRow?.[1] ?? "",
    databaseMarker: databaseRow?.[2] ?? "",
    publicConnect: databaseRow?.[3] === "t",
  };
}

function refuseForeign(inputs: DatabaseInputs, found: Found): void {
  const problem = inputs.adopt ? undefined : foreignProblem(inputs, found);
  if (problem) throw new HostError(problem);
}

/** What to tell a person when a role or database of these names exists that is not ours, and the way out. */
export async function foreignDatabase(
  inputs: Pick<DatabaseInputs, "server" | "role" | "database" | "marker">,
): Promise<string | undefined> {
  return foreignProblem(inputs, await look(inputs));
}

function foreignProblem(
  inputs: Pick<DatabaseInputs, "server" | "role" | "database" | "marker">,
  found: Found,
): string | undefined {
  const ourRole = found.roleMarker === inputs.marker;
  // A run killed between CREATE DATABASE and its comment leaves a database that only our role betrays.
  const ourDatabase = found.databaseMarker === inputs.marker || (ourRole && found.owner === inputs.role);
  const foreign = [
    found.roleExists && !ourRole ? `role ${inputs.role}` : "",
    found.owner !== "" && !ourDatabase ? `database ${inputs.database}` : "",
  ].filter((name) => name !== "");
  if (foreign.length === 0) return undefined;
  return (
    `PostgreSQL in ${inputs.server.container} already has ${foreign.join(" and ")}, not made by this stack. ` +
    "To take over what is there, with its data: pulumi config set platform:adopt true"
  );
}

async function converge(inputs: DatabaseInputs, found: Found): Promise<void> {
  const { server, role, database, marker } = inputs;
  const [roleName, databaseName] = [identifier(role), identifier(database)];
  const password = `PASSWORD ${literal(inputs.password)}`;
  // Marked at once, each in the statement's own transaction: killed in between, the next run knows its own.
  const statements = [
    "SET log_statement = 'none';",
    "SET log_min_error_statement = 'panic';",
    found.roleExists
      ? `ALTER ROLE ${roleName} LOGIN ${password};`
      : `BEGIN; CREATE ROLE ${roleName} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE ${password};`,
    `COMMENT ON ROLE ${roleName} IS ${literal(marker)};`,
    found.roleExists ? "" : "COMMIT;",
    found.owner === "" ? `CREATE DATABASE ${databaseName} OWNER ${roleName};` : "",
    `COMMENT ON DATABASE ${databaseName} IS ${literal(marker)};`,
    `ALTER DATABASE ${databaseName} OWNER TO ${identifier(inputs.owner)};`,
    `${inputs.publicConnect ? "GRANT" : "REVOKE"} CONNECT ON DATABASE ${databaseName} ${inputs.publicConnect ? "TO" : "FROM"} PUBLIC;`,
  ];
  await psql(
    server,
    `setting up database ${database}`,
    statements.filter((statement) => statement !== "").join("\n"),
  );
}
