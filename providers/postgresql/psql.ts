import { type DockerHost, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";

/** A PostgreSQL server in a container, and the superuser that works on it. */
export interface PostgresqlServer {
  host: DockerHost;
  /** Name of the container. */
  container: string;
  superuser: string;
  /** Secret. */
  password: string;
}

/**
 * Runs SQL in the server's container as superuser and returns the rows, fields split by `|`.
 * Password and SQL travel on standard input: the local socket asks for the password too, and command lines are
 * public. Statements run one by one until the first error.
 * @throws HostError with PostgreSQL's words.
 */
export async function psql(
  server: PostgresqlServer,
  step: string,
  sql: string,
  database = "postgres",
): Promise<string[]> {
  const inside = [
    "IFS= read -r PGPASSWORD && export PGPASSWORD && export PGOPTIONS=--client-min-messages=warning",
    `exec psql -X -q -A -t -v ON_ERROR_STOP=1 -U ${shellQuote(server.superuser)} -d ${shellQuote(database)} -f -`,
  ].join("\n");
  const script = `exec docker exec -i ${shellQuote(server.container)} sh -c ${shellQuote(inside)}`;
  const output = await runOrThrow(server.host, step, script, { stdin: `${server.password}\n${sql}\n` });
  return output.split("\n").filter((line) => line !== "");
}

/** Quotes a text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Quotes a name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
