import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { Bench } from "./harness.ts";

interface Exchange {
  case: string;
  method: string;
  path: string;
  request_headers: Record<string, string>;
  status: number;
  response_headers: Record<string, string>;
  response_body: unknown;
}

const bench = new Bench("plane");
const recorded = new Map(
  readFileSync(new URL("../plane/image-exchanges.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Exchange)
    .map((exchange) => [exchange.case, exchange]),
);
const SECRETS = { database: "canary-database", redis: "canary-redis", s3: "canary-storage" };
const env = {
  DATABASE_URL: `postgresql://plane:${SECRETS.database}@postgresql:5432/plane`,
  REDIS_URL: `redis://:${SECRETS.redis}@redis:6379/8`,
  AMQP_URL: `redis://:${SECRETS.redis}@redis:6379/9`,
  AWS_S3_ENDPOINT_URL: "http://plane-minio:9000",
  AWS_S3_BUCKET_NAME: "uploads",
  AWS_ACCESS_KEY_ID: "planeroot",
  AWS_SECRET_ACCESS_KEY: SECRETS.s3,
  API_KEY_RATE_LIMIT: "3/minute",
};
const overlayEnv = { ...env, DJANGO_SETTINGS_MODULE: "plane.settings.prefixed" };
const capabilities = ["CHOWN", "SETGID", "SETUID"];
const overlay = fileURLToPath(new URL("../../../components/plane/overlay", import.meta.url));
let postgresql: Docker.Container;
let redis: Docker.Container;
let minio: Docker.Container;

before(async () => {
  await bench.open(["postgresql", "redis", "minio", "planeBackend"]);
  postgresql = await bench.run({
    name: "postgresql",
    alias: "postgresql",
    user: "999:999",
    env: { POSTGRES_PASSWORD: "super" },
  });
  redis = await bench.run({
    name: "redis",
    alias: "redis",
    user: "999:999",
    env: { REDISCLI_AUTH: SECRETS.redis },
    command: ["redis-server", "--requirepass", SECRETS.redis],
  });
  minio = await bench.run({
    name: "minio",
    alias: "plane-minio",
    env: { MINIO_ROOT_USER: "planeroot", MINIO_ROOT_PASSWORD: SECRETS.s3 },
    command: ["server", "/data"],
  });
  await bench.until("a database for Plane", async () => (await psql("postgres", "SELECT 1")).code === 0);
  await psql("postgres", `CREATE ROLE plane LOGIN PASSWORD '${SECRETS.database}'`);
  await psql("postgres", "CREATE DATABASE plane OWNER plane");
});
after(() => bench.close());

function overlayBinds(...files: string[]): string[] {
  return files.map((file) => `${join(overlay, file)}:/code/plane/settings/${file}:ro`);
}

function psql(database: string, sql: string): ReturnType<Bench["exec"]> {
  const command = [
    "psql",
    "-At",
    "-v",
    "ON_ERROR_STOP=1",
    "-U",
    "postgres",
    "-h",
    "127.0.0.1",
    "-d",
    database,
  ];
  return bench.exec(postgresql, command, { env: { PGPASSWORD: "super" }, stdin: sql });
}

async function keys(index: number): Promise<string[]> {
  const { stdout } = await bench.exec(redis, ["redis-cli", "-n", String(index), "--scan"]);
  return stdout.split("\n").filter(Boolean).sort();
}

function redisCli(...words: string[]): ReturnType<Bench["exec"]> {
  return bench.exec(redis, ["redis-cli", ...words]);
}

async function manage(
  command: string[],
  settings: Record<string, string> = env,
  binds: string[] = [],
): Promise<{ code: number; logs: string }> {
  const container = await bench.run({ name: "planeBackend", env: settings, capabilities, binds, command });
  const code = await bench.ended(container);
  return { code, logs: await bench.logs(container) };
}

async function startApi(
  settings: Record<string, string> = env,
  binds: string[] = [],
): Promise<Docker.Container> {
  return bench.run({ name: "planeBackend", env: settings, capabilities, binds, port: 8000 });
}

async function serving(api: Docker.Container): Promise<string> {
  let base = "";
  await bench.until("the api's health", async () => {
    base = await bench.address(api, 8000);
    return (await fetch(`${base}/`)).ok;
  });
  return base;
}

/** Values that differ from run to run become their kind. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
  }
  if (typeof value !== "string") return value;
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value)) return "<uuid>";
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value)) return "<time>";
  return /^[0-9a-f]{24}$/.test(value) ? "<hex>" : value;
}

async function replay(base: string, name: string, headers: Record<string, string> = {}): Promise<void> {
  const exchange = recorded.get(name);
  assert.ok(exchange, `no recorded exchange ${name}`);
  const answer = await fetch(`${base}${exchange.path}`, { method: exchange.method, headers });
  const text = await answer.text();
  assert.equal(answer.status, exchange.status, `${name}: ${text}`);
  for (const header of ["content-type", "cache-control", "allow", "vary"]) {
    assert.equal(answer.headers.get(header), exchange.response_headers[header] ?? null, `${name}: ${header}`);
  }
  for (const header of ["x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"]) {
    assert.equal(answer.headers.has(header), header in exchange.response_headers, `${name}: ${header}`);
  }
  const body = text === "" ? null : JSON.parse(text);
  if (name === "api-v1.users-me") {
    assert.deepEqual(Object.keys(body), Object.keys(exchange.response_body as object));
  } else {
    assert.deepEqual(shape(body), shape(exchange.response_body), name);
  }
}

test("the migrator fails with its last lines and exit 1 when a migration fails", async () => {
  const failed = await manage(["./bin/docker-entrypoint-migrator.sh"], {
    ...env,
    STANDIN_MIGRATE_FAILS: 'django.db.utils.ProgrammingError: relation "x" does not exist',
  });
  assert.equal(failed.code, 1);
  // Two streams, whose lines come in any order.
  for (const words of [/Running migrations:/, /relation "x" does not exist/])
    assert.match(failed.logs, words);
});

test("the api serves nothing before the migrations are done, and then serves", async () => {
  const api = await startApi();
  await bench.until("the api's wait", async () =>
    (await bench.logs(api)).includes("Waiting for database migrations to complete"),
  );
  await assert.rejects(fetch(`${await bench.address(api, 8000)}/`));

  // A table in the way stops the migrator in the middle; what was done before stays done.
  await psql("plane", "SET ROLE plane; CREATE TABLE instances ()");
  const half = await manage(["./bin/docker-entrypoint-migrator.sh"]);
  assert.equal(half.code, 1);
  assert.match(half.logs, /Applying db\.0001_initial\.\.\. OK[\s\S]*relation "instances" already exists/);
  await psql("plane", "DROP TABLE instances");
  const rest = await manage(["./bin/docker-entrypoint-migrator.sh"]);
  assert.equal(rest.code, 0, rest.logs);
  assert.doesNotMatch(rest.logs, /Applying db\.0001_initial/);
  assert.match(rest.logs, /Applying license\.0001_initial\.\.\. OK/);
  assert.match((await manage(["./bin/docker-entrypoint-migrator.sh"])).logs, /No migrations to apply/);

  await serving(api);
  const order = (await bench.logs(api)).match(
    /Database available|No migrations Pending|Instance registered|ENABLE_SIGNUP loaded|Bucket 'uploads' created|Cache Cleared|static files|Listening/g,
  );
  assert.deepEqual(order, [
    "Database available",
    "No migrations Pending",
    "Instance registered",
    "ENABLE_SIGNUP loaded",
    "Bucket 'uploads' created",
    "Cache Cleared",
    "static files",
    "Listening",
  ]);
  assert.equal((await bench.exec(minio, ["ls", "/data"])).stdout, "uploads\n");
  await api.remove({ force: true });
});

test("health, instance and refusals answer as recorded from Plane 1.3.1", async () => {
  const api = await startApi();
  const base = await serving(api);
  await replay(base, "health.ok");
  await replay(base, "health.head");
  await replay(base, "instance.get.before-setup");
  await replay(base, "instance.get.before-setup");
  assert.deepEqual(
    (await keys(8)).filter((key) => key.endsWith("/api/instances/")),
    [":1:/api/instances/"],
  );
  await replay(base, "ce-missing.worklogs", { "x-api-key": "any" });
  await replay(base, "ce-missing.workspace.webhooks");
  await replay(base, "api-v1.users-me.unauthenticated");
  await replay(base, "api-v1.invalid-token", { "x-api-key": "canary-token" });
  const slashless = await fetch(`${base}/api/instances`, { redirect: "manual" });
  assert.equal(slashless.status, 301);
  assert.equal(slashless.headers.get("location"), "/api/instances/");
  for (let i = 0; i < 30; i++) await fetch(`${base}/api/instances/`);
  await replay(base, "ratelimit.anon.instances");

  const lines = (await bench.logs(api)).split("\n").filter((line) => line.includes('"plane.api.request"'));
  const first = JSON.parse(lines[0] ?? "{}");
  assert.equal(first.path, "/api/instances/");
  assert.equal(first.status_code, 200);
  assert.equal(typeof first.duration_ms, "number");
  assert.ok(lines.every((line) => JSON.parse(line).path !== "/"));
  await api.remove({ force: true });
});

test("the api refuses a Host that ALLOWED_HOSTS does not name", async () => {
  const api = await startApi({ ...env, ALLOWED_HOSTS: "plane.example.test" });
  const host = "plane.example.test";
  await bench.until("an answer to the allowed name", async () => {
    const wget = ["wget", "-q", "-O", "-", "--header", `Host: ${host}`, "http://127.0.0.1:8000/"];
    return (await bench.exec(api, wget)).stdout === '{"status": "OK"}';
  });
  assert.equal((await fetch(`${await bench.address(api, 8000)}/`)).status, 400);
  await api.remove({ force: true });
});

test("without the overlay the api's start flushes the whole logical database and puts tokens into keys", async () => {
  await redisCli("-n", "8", "set", "foreign", "x");
  const api = await startApi();
  const base = await serving(api);
  assert.deepEqual(await keys(8), []);
  const token = (await bench.exec(api, ["python", "manage.py", "standin_token"])).stdout.trim();
  await replay(base, "api-v1.users-me", { "x-api-key": token });
  assert.deepEqual(await keys(8), [`:1:api_key:${token}`]);
  await api.remove({ force: true });
});

test("with the overlay foreign keys stay, every key starts with plane: and no token is in one", async () => {
  await redisCli("-n", "8", "flushdb");
  await redisCli("-n", "8", "set", "foreign", "x");
  await redisCli("-n", "8", "set", "plane:1:stale", "x");
  const api = await startApi(overlayEnv, overlayBinds("prefixed.py", "prefixed_redis.py"));
  const base = await serving(api);
  assert.deepEqual(await keys(8), ["foreign"]);
  const token = (await bench.exec(api, ["python", "manage.py", "standin_token"])).stdout.trim();
  for (let i = 0; i < 3; i++) await replay(base, "api-v1.users-me", { "x-api-key": token });
  await replay(base, "ratelimit.60-per-minute.429", { "x-api-key": token });
  await fetch(`${base}/api/instances/`);
  const own = (await keys(8)).filter((key) => key !== "foreign");
  assert.equal(own.length, 3);
  assert.ok(own.includes("plane:1:/api/instances/"));
  assert.ok(own.some((key) => /^plane:1:api_key:[0-9a-f]{64}$/.test(key)));
  assert.ok(own.every((key) => key.startsWith("plane:1:") && !key.includes(token)));
  const logs = await bench.logs(api);
  for (const secret of [token, ...Object.values(SECRETS)]) assert.ok(!logs.includes(secret));
  await api.remove({ force: true });
});

test("the settings module's missing files stop the start as Django does", async () => {
  for (const [present, missing] of [
    [[], "plane.settings.prefixed"],
    [["prefixed.py"], "plane.settings.prefixed_redis"],
  ] as const) {
    const failed = await manage(["./bin/docker-entrypoint-api.sh"], overlayEnv, overlayBinds(...present));
    assert.equal(failed.code, 1);
    assert.match(failed.logs, new RegExp(`ModuleNotFoundError: No module named '${missing}'`));
  }
});

test("worker and scheduler in one process take tasks, keep to plane: keys, and stop on SIGTERM", async () => {
  await redisCli("-n", "9", "flushdb");
  const worker = await bench.run({
    name: "planeBackend",
    env: overlayEnv,
    capabilities,
    memoryMb: 256,
    binds: overlayBinds("prefixed.py", "prefixed_redis.py"),
    command: [
      "bash",
      "-c",
      "python manage.py wait_for_db && python manage.py wait_for_migrations && exec celery -A plane worker -l info -P threads -c 2 -B",
    ],
  });
  await bench.until("a finished task", async () =>
    /Task plane\.bgtasks\.\S+ succeeded/.test(await bench.logs(worker)),
  );
  const bindings = await keys(9);
  assert.ok(bindings.includes("plane:_kombu.binding.celery"));
  assert.ok(bindings.every((key) => key.startsWith("plane:")));
  assert.match((await redisCli("client", "list")).stdout, /db=9 .*cmd=brpop/);
  const logs = await bench.logs(worker);
  for (const secret of Object.values(SECRETS)) assert.ok(!logs.includes(secret));
  const started = Date.now();
  await worker.stop({ t: 10 });
  assert.ok(Date.now() - started < 5000, "SIGTERM reaches the worker");
  assert.equal((await worker.inspect()).State.ExitCode, 0);
});

test("the official worker entry point ends in a fixed celery without the scheduler", async () => {
  await redisCli("-n", "9", "flushdb");
  const command = ["./bin/docker-entrypoint-worker.sh", "-B"];
  const worker = await bench.run({ name: "planeBackend", env, capabilities, command });
  await bench.until("a worker", async () => (await bench.logs(worker)).includes(" ready."));
  assert.ok((await keys(9)).includes("_kombu.binding.celery"));
  assert.doesNotMatch(await bench.logs(worker), /beat/);
  assert.match((await bench.exec(worker, ["cat", "/proc/1/cmdline"])).stdout, /docker-entrypoint-worker/);
  await worker.remove({ force: true });
});

test("older code leaves a newer database alone, newer code waits for its own migration", async () => {
  const newer = { ...env, APP_VERSION: "1.4.0" };
  const api = await startApi(newer);
  await bench.until("the wait", async () =>
    (await bench.logs(api)).includes("Waiting for database migrations"),
  );
  const migrated = await manage(["./bin/docker-entrypoint-migrator.sh"], newer);
  assert.match(migrated.logs, /0012_api_tokens_allowed_origins\.\.\. OK/);
  const { instance } = (await (await fetch(`${await serving(api)}/api/instances/`)).json()) as {
    instance: { current_version: string };
  };
  assert.equal(instance.current_version, "1.4.0");
  await api.remove({ force: true });

  const older = await manage(["./bin/docker-entrypoint-migrator.sh"]);
  assert.equal(older.code, 0);
  assert.match(older.logs, /No migrations to apply/);
  const { stdout } = await psql("plane", "SELECT count(*) FROM django_migrations WHERE name LIKE '0012%'");
  assert.equal(stdout, "1\n");
});
