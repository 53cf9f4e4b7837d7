import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type Docker from "dockerode";
import { MONITOR_COLUMNS } from "../../components/monitoring/postgresExporter.ts";
import { LOCAL_DOCKER } from "../../providers/host/run.ts";
import * as provider from "../../providers/postgresql/monitor.ts";
import { psql } from "../../providers/postgresql/psql.ts";
import { Bench } from "./images/harness.ts";

/** The monitor's role on a real PostgreSQL, beside a database of Plane's kind. */
const PASSWORD = "superuser's own";
const bench = new Bench("monitor-role");
let container: Docker.Container;
let inputs: provider.MonitorInputs;

before(async () => {
  await bench.open(["postgresql"]);
  container = await bench.run({
    name: "postgresql",
    user: "999:999",
    env: {
      POSTGRES_PASSWORD: PASSWORD,
      POSTGRES_INITDB_ARGS: "--auth-local=scram-sha-256 --auth-host=scram-sha-256",
    },
  });
  const { Name } = await container.inspect();
  inputs = {
    server: {
      host: { address: process.env["DOCKER_HOST"] ?? LOCAL_DOCKER, sshOpts: [] },
      container: Name.slice(1),
      superuser: "postgres",
      password: PASSWORD,
    },
    role: "plane_monitor",
    password: "the monitor's own",
    database: "plane_production",
    columns: MONITOR_COLUMNS,
    rights: provider.OTHERWISE,
    marker: "plane-ops: plane-ops/test",
    adopt: false,
  };
  await bench.until("PostgreSQL", async () => (await sql("SELECT 1", "postgres"))[0] === "1");
  await sql("CREATE ROLE plane LOGIN", "postgres");
  await sql("CREATE DATABASE plane_production OWNER plane", "postgres");
  await sql("REVOKE CONNECT ON DATABASE plane_production FROM PUBLIC", "postgres");
});
after(() => bench.close());

beforeEach(async () => {
  await provider.delete(inputs.role, inputs);
  await sql("DROP TABLE IF EXISTS webhooks, django_celery_beat_periodictask");
  await makeTables();
});

async function makeTables(): Promise<void> {
  await sql("CREATE TABLE webhooks (is_active boolean, deleted_at timestamptz, secret_key text)");
  await sql("CREATE TABLE django_celery_beat_periodictask (last_run_at timestamptz, args text)");
}

const sql = (statement: string, database = "plane_production") =>
  psql(inputs.server, "a test", statement, database);

/** What the role itself gets to see, or why not. */
async function asMonitor(statement: string, password = inputs.password): Promise<string> {
  const client = ["psql", "-h", "127.0.0.1", "-U", inputs.role, "-d", inputs.database, "-Atc", statement];
  const { stdout, stderr } = await bench.exec(container, client, { env: { PGPASSWORD: password } });
  return stdout.trim() || stderr.trim();
}

/** Inputs that a refresh finds changed. */
async function drift(): Promise<string[]> {
  const { props } = await provider.read(inputs.role, inputs);
  if (props === undefined) return ["gone"];
  const names = Object.keys(inputs) as (keyof typeof inputs)[];
  return names.filter((name) => JSON.stringify(props[name]) !== JSON.stringify(inputs[name]));
}

test("MONITOR-03: the role reads the server's figures and single columns, and nothing else of Plane", async () => {
  await provider.create(inputs);
  assert.match(await asMonitor("SELECT count(*) > 0 FROM pg_stat_activity WHERE query IS NOT NULL"), /^t$/);
  assert.match(await asMonitor("SELECT pg_database_size('plane_production') > 0"), /^t$/);
  assert.equal(await asMonitor("SELECT count(*) FROM webhooks WHERE NOT is_active"), "0");
  assert.equal(await asMonitor("SELECT count(last_run_at) FROM django_celery_beat_periodictask"), "0");
  for (const refused of [
    "SELECT secret_key FROM webhooks",
    "SELECT args FROM django_celery_beat_periodictask",
    "UPDATE webhooks SET is_active = true",
    "CREATE TABLE mine ()",
    "CREATE ROLE another",
  ])
    assert.match(await asMonitor(refused), /permission denied/, refused);
  assert.deepEqual(await drift(), []);
});

test("a role that is gone is made again; one whose password, rights or columns were changed is drift, and is mended", async () => {
  await provider.create(inputs);
  const changes: Record<string, string> = {
    password: "ALTER ROLE plane_monitor PASSWORD 'changed by hand'",
    "rights of a superuser": "ALTER ROLE plane_monitor SUPERUSER",
    "rights of another role": "GRANT plane TO plane_monitor",
    "rights in a table": "GRANT SELECT ON webhooks TO plane_monitor",
    "rights that are fewer": "REVOKE CONNECT ON DATABASE plane_production FROM plane_monitor",
    "columns that are more": "GRANT SELECT (secret_key) ON webhooks TO plane_monitor",
    "columns that are fewer": "REVOKE SELECT (is_active) ON webhooks FROM plane_monitor",
    marker: "COMMENT ON ROLE plane_monitor IS NULL",
  };
  for (const [what, change] of Object.entries(changes)) {
    await sql(change);
    const [name = ""] = what.split(" ");
    assert.deepEqual(await drift(), [name], what);
    const { props } = await provider.read(inputs.role, inputs);
    await provider.update(inputs.role, props as provider.MonitorInputs, inputs);
    assert.deepEqual(await drift(), [], what);
  }
  assert.equal(await asMonitor("SELECT 1"), "1");
  await provider.delete(inputs.role, inputs);
  assert.deepEqual(await drift(), ["gone"]);
});

test("a table that a migration made anew has lost the right, which is drift; one that is not there yet is no error", async () => {
  await sql("DROP TABLE webhooks");
  await provider.create(inputs);
  assert.deepEqual(await drift(), ["columns"]);
  await sql("DROP TABLE django_celery_beat_periodictask");
  await makeTables();
  await provider.update(inputs.role, { ...inputs, columns: [] }, inputs);
  assert.deepEqual(await drift(), []);
});

test("a role of that name which is somebody else's is refused with the way out, and taken over with adopt", async () => {
  await sql("CREATE ROLE plane_monitor LOGIN PASSWORD 'somebody else'");
  await assert.rejects(
    provider.create(inputs),
    /already has role plane_monitor, not made by this stack.*pulumi config set platform:adopt true/,
  );
  assert.match(await asMonitor("SELECT 1"), /password authentication failed/);
  await provider.create({ ...inputs, adopt: true });
  assert.deepEqual(await drift(), []);
});

test("removal takes the role along with what it was granted, though the database is gone or the server down", async () => {
  await provider.create(inputs);
  await provider.delete(inputs.role, inputs);
  assert.deepEqual(await sql("SELECT rolname FROM pg_roles WHERE rolname = 'plane_monitor'"), []);
  await provider.create(inputs);
  await sql("DROP DATABASE plane_production WITH (FORCE)", "postgres");
  await provider.delete(inputs.role, inputs);
  assert.deepEqual(await sql("SELECT rolname FROM pg_roles WHERE rolname = 'plane_monitor'", "postgres"), []);
  await sql("CREATE DATABASE plane_production OWNER plane", "postgres");
  await container.stop();
  await provider.delete(inputs.role, inputs);
  assert.deepEqual((await provider.read(inputs.role, inputs)).id, inputs.role);
  await container.start();
  await bench.until("PostgreSQL", async () => (await sql("SELECT 1", "postgres"))[0] === "1");
});
