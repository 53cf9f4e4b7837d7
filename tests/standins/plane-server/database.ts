import pg from "pg";

/** The part of a connection that the stand-in uses. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(
    query: string | pg.QueryConfig,
    values?: unknown[],
  ): Promise<pg.QueryResult<Row>>;
}

/** A row as it goes into a JSON body. */
export type Row = Record<string, unknown>;

/** Opens one connection, hands it to `work`, and closes it. */
export async function withConnection<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  // An idle connection that breaks is reported by the next query.
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** The connections of the api and the worker. Times and dates come as the text that goes into a body. */
export function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 5,
    connectionTimeoutMillis: 5000,
    options: "-c TimeZone=UTC",
    types: { getTypeParser: parserOf as typeof pg.types.getTypeParser },
  });
  pool.on("error", () => {});
  return pool;
}

const { TIMESTAMPTZ, DATE, INT8 } = pg.types.builtins;

function parserOf(oid: number, format?: "text" | "binary"): unknown {
  if (oid === TIMESTAMPTZ) return timestamp;
  if (oid === DATE) return (text: string) => text;
  if (oid === INT8) return Number;
  return pg.types.getTypeParser(oid, format as "text");
}

/** `2026-11-23 02:20:13.15+00` as Django REST framework writes it: `2026-11-23T02:20:13.150000Z`. */
function timestamp(text: string): string {
  const at = text.indexOf(".");
  const seconds = `${text.slice(0, 10)}T${text.slice(11, 19)}`;
  if (at === -1) return `${seconds}Z`;
  return `${seconds}.${text.slice(at + 1, text.indexOf("+", at)).padEnd(6, "0")}Z`;
}

/** SQL for a time inside of a JSON object, in the same form. */
export function iso(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** The first row, if there is one. */
export async function one<T extends Row = Row>(
  database: Queryable,
  text: string,
  values: unknown[] = [],
): Promise<T | undefined> {
  return (await database.query<T>(prepared(text, values))).rows[0];
}

/** All rows. */
export async function all<T extends Row = Row>(
  database: Queryable,
  text: string,
  values: unknown[] = [],
): Promise<T[]> {
  return (await database.query<T>(prepared(text, values))).rows;
}

/** Writes the given columns of a new row and returns `returning` of it. */
export async function insert<T extends Row = Row>(
  database: Queryable,
  table: string,
  values: Row,
  returning = "*",
): Promise<T> {
  const columns = Object.keys(values);
  const places = columns.map((_, i) => `$${i + 1}`);
  const { rows } = await database.query<T>(
    prepared(
      `INSERT INTO ${table} (${columns.map(quote).join(", ")}) VALUES (${places.join(", ")}) RETURNING ${returning}`,
      Object.values(values),
    ),
  );
  return rows[0] as T;
}

/** Changes the given columns of one row, notes the time, and returns `returning` of it. */
export async function update<T extends Row = Row>(
  database: Queryable,
  table: string,
  id: unknown,
  values: Row,
  returning = "*",
): Promise<T> {
  const sets = Object.keys(values).map((column, i) => `${quote(column)} = $${i + 2}`);
  const { rows } = await database.query<T>(
    prepared(
      `UPDATE ${table} SET ${[...sets, "updated_at = clock_timestamp()"].join(", ")} WHERE id = $1 RETURNING ${returning}`,
      [id, ...Object.values(values)],
    ),
  );
  return rows[0] as T;
}

/** Marks rows as deleted, as Plane's models do. */
export async function softDelete(database: Queryable, table: string, id: unknown): Promise<void> {
  await database.query(`UPDATE ${table} SET deleted_at = clock_timestamp() WHERE id = $1`, [id]);
}

/** True for the violation of a unique index. */
export function isDuplicate(error: unknown): boolean {
  return (error as { code?: string }).code === "23505";
}

const names = new Map<string, string>();

/** The statement under a name of its own: each connection parses it once. */
function prepared(text: string, values: unknown[]): pg.QueryConfig {
  const name = names.get(text) ?? `statement_${names.size}`;
  names.set(text, name);
  return { name, text, values };
}

function quote(name: string): string {
  return `"${name}"`;
}
