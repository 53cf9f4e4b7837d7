import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type Docker from "dockerode";
import { Bench } from "./harness.ts";

const bench = new Bench("pg");
const PASSWORD = "p w'd\"$x";
let server: Docker.Container;

before(async () => {
  await bench.open(["postgresql"]);
  server = await bench.run({
    name: "postgresql",
    alias: "postgresql",
    user: "999:999",
    env: {
      POSTGRES_PASSWORD: PASSWORD,
      POSTGRES_INITDB_ARGS: "--auth-local=scram-sha-256 --auth-host=scram-sha-256",
    },
    volumes: { data: "/var/lib/postgresql" },
    command: ["postgres", "-c", "max_connections=100", "-c", "shared_buffers=64MB"],
  });
  await ready();
});
after(() => bench.close());

async function ready(): Promise<void> {
  await bench.until(
    "pg_isready",
    async () =>
      (await bench.exec(server, ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"])).code === 0,
  );
}

function psql(sql: string, password = PASSWORD, host: string[] = []): ReturnType<Bench["exec"]> {
  const command = ["psql", "-w", "-At", "-U", "postgres", "-v", "ON_ERROR_STOP=1", ...host];
  return bench.exec(server, command, { env: { PGPASSWORD: password }, stdin: sql });
}

test("PostgreSQL's first start works as 999 without capabilities and sets the superuser's password", async () => {
  assert.equal((await psql("SELECT current_user", PASSWORD)).stdout, "postgres\n");
  assert.equal((await psql("SHOW max_connections", PASSWORD)).stdout, "100\n");
  assert.equal((await bench.exec(server, ["id", "-u"])).stdout, "999\n");
  assert.equal((await psql("SHOW data_directory")).stdout, "/var/lib/postgresql/18/docker\n");
});

test("PostgreSQL's local socket and its network both ask for the password", async () => {
  for (const host of [[], ["-h", "127.0.0.1"], ["-h", "postgresql"]]) {
    const refused = await psql("SELECT 1", "wrong", host);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /password authentication failed/);
    assert.equal((await psql("SELECT 1", PASSWORD, host)).stdout, "1\n");
  }
});

test("PostgreSQL restarts as 999 without capabilities and keeps its data", async () => {
  assert.equal((await psql("CREATE TABLE kept AS SELECT 42 AS n")).code, 0);
  await server.restart({ t: 10 });
  await ready();
  assert.equal((await psql("SELECT n FROM kept")).stdout, "42\n");
  assert.match(await bench.logs(server), /Skipping initialization/);
});

test("pg_dump in the image writes a dump that psql reads back", async () => {
  const dump = await bench.exec(server, ["pg_dump", "-U", "postgres", "postgres"], {
    env: { PGPASSWORD: PASSWORD },
  });
  assert.equal(dump.code, 0, dump.stderr);
  assert.equal((await psql("CREATE DATABASE restored")).code, 0);
  const restored = await bench.exec(server, ["psql", "-q", "-U", "postgres", "-d", "restored"], {
    env: { PGPASSWORD: PASSWORD },
    stdin: dump.stdout,
  });
  assert.equal(restored.code, 0, restored.stderr);
});

test("PostgreSQL without a password refuses its first start and says what is missing", async () => {
  const nameless = await bench.run({ name: "postgresql", user: "999:999" });
  assert.equal(await bench.ended(nameless), 1);
  assert.match(await bench.logs(nameless), /superuser password is not specified/);
});

test("PostgreSQL started as root steps down to 999 with CHOWN, SETGID, SETUID and DAC_OVERRIDE", async () => {
  const root = await bench.run({
    name: "postgresql",
    env: { POSTGRES_PASSWORD: "x" },
    capabilities: ["CHOWN", "SETGID", "SETUID", "DAC_OVERRIDE"],
  });
  await bench.until(
    "a server of root's",
    async () => (await bench.exec(root, ["pg_isready", "-q", "-h", "127.0.0.1"])).code === 0,
  );
  const owner = await bench.exec(root, ["stat", "-c", "%u", "/proc/1"]);
  assert.equal(owner.stdout, "999\n");
});
