import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type Docker from "dockerode";
import { LOCAL_DOCKER } from "../../providers/host/run.ts";
import { type SmokeCheck, type SmokeReport, smoke, smokeText } from "../../providers/openclaw/smoke/index.ts";
import { Qdrant } from "../standins/qdrant/server.ts";
import { buildFakeOpenclaw } from "../support/fakeOpenclaw.ts";
import { Litellm } from "../support/litellm.ts";
import { N8n } from "../support/n8n.ts";
import { Bench } from "./images/harness.ts";

// Real services but for Plane and Qdrant, as a gateway on their network reaches them; only the gateway is a stand-in.
const own = `plane-ops-smoke-${process.pid}`;
const VERSION = "2026.2.26";
const PASSWORD = "password-of-a-test";
const image = `${own}:${VERSION}`;
const folder = mkdtempSync(join(tmpdir(), "plane-ops-smoke-"));
const bench = new Bench("smoke");
let postgresql: Docker.Container;
let litellm: Litellm;
let n8n: N8n;
let qdrant: Qdrant;
let services: Record<string, string>;

before(async () => {
  await bench.open(["postgresql", "redis", "planeBackend"]);
  postgresql = await bench.run({
    name: "postgresql",
    alias: "postgresql",
    user: "999:999",
    env: { POSTGRES_PASSWORD: PASSWORD },
  });
  const [[network, { Gateway: address }] = assert.fail("no network")] = Object.entries(
    (await postgresql.inspect()).NetworkSettings.Networks,
  );
  const DATABASE_URL = `postgresql://postgres:${PASSWORD}@postgresql:5432/postgres`;
  await bench.run({ name: "redis", alias: "redis", user: "999:999" });
  const plane = await bench.run({
    name: "planeBackend",
    alias: "plane-api",
    env: { DATABASE_URL, REDIS_URL: "redis://redis:6379/8", AMQP_URL: "redis://redis:6379/9" },
    command: ["gunicorn", "--bind", "0.0.0.0:8000"],
  });
  qdrant = await Qdrant.start(address);
  litellm = await Litellm.start(address);
  n8n = await N8n.start({ address });
  services = {
    plane: "http://plane-api:8000/",
    litellm: `http://litellm:${new URL(litellm.url).port}/health/liveliness`,
    postgresql: "postgresql://postgresql:5432",
    qdrant: `http://qdrant:${new URL(qdrant.url).port}/healthz`,
    n8n: `http://n8n:${new URL(n8n.url).port}/healthz/readiness`,
  };
  await accepting();
  await bench.until(
    "Plane",
    async () => (await bench.exec(plane, ["wget", "-qO-", "http://127.0.0.1:8000/"])).code === 0,
  );
  startGateway(network, address);
});
after(async () => {
  docker("rm", "--force", own);
  docker("image", "rm", "--force", image);
  await n8n?.stop();
  await litellm?.stop();
  qdrant?.stop();
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

function docker(...words: string[]): string {
  return execFileSync("docker", words, { encoding: "utf8", stdio: "pipe" });
}

/** On the services' network; it reaches those of this machine by the network's bridge, under the platform's names. */
function startGateway(network: string, address: string): void {
  buildFakeOpenclaw(image, VERSION);
  mkdirSync(join(folder, "workspace"));
  writeFileSync(join(folder, "openclaw.json"), "{}");
  for (const path of [folder, join(folder, "workspace")]) chownSync(path, 1000, 1000);
  const names = ["litellm", "qdrant", "n8n"].flatMap((name) => ["--add-host", `${name}:${address}`]);
  const env = [`OPENCLAW_STATE_DIR=${folder}`, "OPENCLAW_GATEWAY_TOKEN=gateway-token-0123456789"];
  const options = ["--name", own, "--user", "1000:1000", "--network", network, ...names];
  const variables = env.flatMap((each) => ["--env", each]);
  docker("run", "--detach", ...options, ...variables, "--volume", `${folder}:${folder}`, image);
}

function smokeOf(changed: Record<string, string> = {}): Promise<SmokeReport> {
  return smoke(
    { address: LOCAL_DOCKER, sshOpts: [] },
    {
      container: own,
      port: 18789,
      version: VERSION,
      user: "1000:1000",
      tools: [],
      agents: { concierge: "concierge", imhotep: "builder" },
      services: { ...services, ...changed },
      spawn: false,
      folders: [join(folder, "workspace")],
    },
  );
}

function checkOf({ checks }: SmokeReport, service: string): Pick<SmokeCheck, "ok" | "said"> {
  const { ok, said } = checks.find(({ name }) => name === `service ${service}`) ?? assert.fail(service);
  return { ok, said };
}

async function inPostgresql(script: string): Promise<void> {
  const { code, stderr } = await bench.exec(postgresql, ["sh", "-c", script]);
  assert.equal(code, 0, stderr);
}

function accepting(): Promise<void> {
  return bench.until(
    "PostgreSQL",
    async () => (await bench.exec(postgresql, ["pg_isready", "-q", "-h", "127.0.0.1"])).code === 0,
  );
}

test("OPENCLAW-UPG-08: a gateway reaches Plane, LiteLLM, PostgreSQL, Qdrant and n8n", async () => {
  const report = await smokeOf();
  assert.ok(report.ok, smokeText(report));
  for (const name of ["plane", "litellm", "qdrant", "n8n"]) {
    assert.deepEqual(checkOf(report, name), { ok: true, said: `${services[name]}: answers 200` });
  }
  assert.deepEqual(checkOf(report, "postgresql"), {
    ok: true,
    said: "postgresql://postgresql:5432: is a PostgreSQL that takes connections",
  });
});

test("OPENCLAW-UPG-08: a service that wants a key, or does not let this gateway in, is reached", async () => {
  const n8nApi = new URL("/api/v1/workflows", services["n8n"]).href;
  await inPostgresql('sed -i "1i host all all all reject" "$PGDATA/pg_hba.conf" && pg_ctl reload');
  const report = await smokeOf({ n8n: n8nApi });
  await inPostgresql('sed -i 1d "$PGDATA/pg_hba.conf" && pg_ctl reload');
  assert.ok(report.ok, smokeText(report));
  assert.deepEqual(checkOf(report, "n8n"), { ok: true, said: `${n8nApi}: answers 401` });
  assert.match(
    checkOf(report, "postgresql").said,
    /^postgresql:\/\/postgresql:5432: is a PostgreSQL that says: pg_hba.conf rejects connection for host /,
  );
});

test("OPENCLAW-UPG-08: a PostgreSQL that takes no connections yet fails the smoke test, in its own words", async () => {
  // A standby that may not be asked is what a start or a recovery is for a moment.
  await inPostgresql('echo "hot_standby = off" >> "$PGDATA/postgresql.auto.conf"');
  await inPostgresql('touch "$PGDATA/standby.signal"');
  await postgresql.restart();
  await bench.until("PostgreSQL", async () => {
    const { stdout } = await bench.exec(postgresql, ["pg_isready", "-h", "127.0.0.1"]);
    return stdout.includes("rejecting");
  });
  const report = await smokeOf();
  await inPostgresql('rm "$PGDATA/standby.signal"');
  await postgresql.restart();
  await accepting();
  assert.equal(report.ok, false);
  assert.deepEqual(checkOf(report, "postgresql"), {
    ok: false,
    said: "postgresql://postgresql:5432: is a PostgreSQL that says: the database system is not accepting connections",
  });
});

test("OPENCLAW-UPG-08: a service that is stopped, hangs, is unknown or is another one fails the smoke test, by its name and address", async () => {
  await n8n.stop();
  await postgresql.pause();
  const { qdrant: healthy = "" } = services;
  const report = await smokeOf({
    litellm: "http://litellm.invalid:4000/health/liveliness",
    qdrant: healthy.replace("healthz", "health/liveliness"),
    vectors: healthy.replace("http", "postgresql"),
  });
  await postgresql.unpause();
  const text = smokeText(report);
  assert.equal(report.ok, false);
  assert.match(text, /^FAILED service n8n .*: http:\/\/n8n:\d+\/healthz\/readiness: connect ECONNREFUSED /m);
  assert.match(
    text,
    /^FAILED service postgresql .*: postgresql:\/\/postgresql:5432: no answer within 15 s$/m,
  );
  assert.match(text, /^FAILED service litellm .*: http:\/\/litellm\.invalid:4000\/.*: getaddrinfo E/m);
  assert.match(text, /^FAILED service qdrant .*: http:\/\/qdrant:\d+\/health\/liveliness: answers 404$/m);
  assert.match(text, /^FAILED service vectors .*: postgresql:\/\/qdrant:\d+\/healthz: is no PostgreSQL$/m);
  assert.match(text, /^ok {5}service plane /m);
});
