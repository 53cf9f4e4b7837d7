import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readVersions } from "../../versions.ts";
import { buildCaddyRateLimit } from "../support/caddyRateLimit.ts";
import { docker, run, sweepNames, TestStack } from "../support/stack.ts";

/** The platform of platform.md in containers: what `existing` mode finds, with other tenants on every shared service. */
const PREFIX = "rehearsal";
const PASSWORD = "one password for all roles";
const REDIS_PASSWORD = "the password of redis";
const PORT = 18443;
const NETWORKS = { frontend: false, backend: true, monitoring: true, egress: false, sandbox: true };
const OTHERS = `{
	local_certs
	skip_install_trust
}

(vpn_only) {
	@blocked not client_ip 100.64.0.0/10 10.227.1.0/24
	error @blocked 403
}

tala.rehearsal.localhost {
	respond "grafana"
}

mayi.rehearsal.localhost {
	respond "n8n"
}

http://n8n:5678 {
	respond "kept"
}
`;
const { images } = readVersions();
const name = (part: string) => `${PREFIX}_${part}`;
let stack: TestStack;
let untouched: Awaited<ReturnType<typeof foreign>>;

before(async () => {
  await sweepNames(`${PREFIX}_`);
  stack = await TestStack.create("rehearsal", {
    "platform:mode": "existing",
    "platform:prefix": PREFIX,
    "platform:domain": "rehearsal.localhost",
    // The name leads to this machine, and Caddy's port is published beside 443.
    "plane:url": `https://work.rehearsal.localhost:${PORT}`,
    "plane:adminEmail": "ada@rehearsal.test",
    "platform:subnetPrefix": "10.227",
    "platform:protect": "false",
    "caddy:rateLimitModule": "true",
  });
  await stack.set("platform:root", join(stack.directory, "opt"));
  await stack.setSecret("platform:postgresqlPassword", PASSWORD);
  await stack.setSecret("platform:redisPassword", REDIS_PASSWORD);
});

after(async () => {
  await stack.dispose();
  for (const part of ["caddy", "postgresql", "redis"]) await run("docker", ["rm", "-f", "-v", name(part)]);
  for (const part of [...Object.keys(NETWORKS), "elsewhere"])
    await run("docker", ["network", "rm", name(part)]);
});

test("a platform that is not there is refused in preview, with all that is missing in one message", async () => {
  const { code, text } = await stack.preview();
  assert.notEqual(code, 0);
  for (const part of [...Object.keys(NETWORKS), "caddy", "postgresql", "redis"])
    assert.ok(text.includes(`${name(part)} does not exist`), text);
  assert.doesNotMatch(text, /^\s+at .*\.ts:\d+/m);
});

test("the platform stands, with other tenants", async () => {
  let third = 0;
  for (const [part, internal] of Object.entries(NETWORKS)) {
    third += 1;
    await docker(
      "network",
      "create",
      ...(internal ? ["--internal"] : []),
      "--subnet",
      `10.227.${third}.0/24`,
      name(part),
    );
  }
  const folder = join(stack.directory, "opt/configs/caddy");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "Caddyfile"), OTHERS);
  const service = (part: string, ...flags: string[]) =>
    docker(
      "run",
      "-d",
      "--name",
      name(part),
      "--network",
      name("backend"),
      "--network-alias",
      part,
      ...flags,
    );
  const auth = "POSTGRES_INITDB_ARGS=--auth-local=scram-sha-256 --auth-host=scram-sha-256";
  await service("postgresql", "-e", `POSTGRES_PASSWORD=${PASSWORD}`, "-e", auth, images.postgresql);
  await service(
    "redis",
    images.redis,
    "redis-server",
    "--requirepass",
    REDIS_PASSWORD,
    "--maxmemory",
    "384mb",
    "--maxmemory-policy",
    "allkeys-lru",
  );
  const program = await buildCaddyRateLimit();
  const caddy = [
    ...["-p", `127.0.0.1:${PORT}:443`, "-v", `${folder}/Caddyfile:/etc/caddy/Caddyfile:ro`],
    ...["-v", `${program}:/usr/bin/caddy:ro`],
  ];
  // It stands in for n8n too, as the site http://n8n:5678.
  const frontend = ["--network", name("frontend"), "--network-alias", "n8n"];
  await docker("run", "-d", "--name", name("caddy"), ...frontend, ...caddy, images.caddy);
  await docker("network", "connect", name("backend"), name("caddy"));
  // Caddy signs for itself here; the program has to know by what.
  const root = join(stack.directory, "root.crt");
  await until(async () => {
    await docker("cp", `${name("caddy")}:/data/caddy/pki/authorities/local/root.crt`, root);
    return true;
  });
  process.env.NODE_EXTRA_CA_CERTS = root;
  await until(async () => (await psql("SELECT 1")) === "1");
  await psql("CREATE ROLE litellm LOGIN PASSWORD 'x'");
  await psql("CREATE DATABASE litellm OWNER litellm");
  await psql(
    "CREATE TABLE spend AS SELECT g AS id, md5(g::text) AS hash FROM generate_series(1, 500) g",
    "litellm",
  );
  await redis("-n", "0", "SET", "litellm:router", "busy");
  await redis("-n", "1", "HSET", "bull:n8n", "job", "1");
});

test("keys, a role and a database of somebody else are refused in preview, in one message, and left as they are", async () => {
  await redis("-n", "8", "SET", "somebody:else", "1");
  await psql("CREATE ROLE plane LOGIN PASSWORD 'of somebody else'");
  await psql("CREATE DATABASE plane_production");
  const before = await psql("SELECT rolpassword FROM pg_authid WHERE rolname = 'plane'");

  for (const { code, text } of [await stack.preview(), await stack.up()]) {
    assert.notEqual(code, 0);
    assert.match(
      text,
      /holds keys that are not Plane's in its databases: 8: somebody:else.*pulumi config set plane:redisDatabases/s,
    );
    assert.match(
      text,
      /has role plane and database plane_production, not made by this stack.*pulumi config set platform:adopt true/s,
    );
  }

  assert.equal(await redis("-n", "8", "GET", "somebody:else"), "1");
  assert.equal(await psql("SELECT rolpassword FROM pg_authid WHERE rolname = 'plane'"), before);
  await redis("-n", "8", "DEL", "somebody:else");
  await psql("DROP DATABASE plane_production");
  await psql("DROP ROLE plane");
});

test("a wrong password of the platform is told in preview, without the password", async () => {
  await stack.setSecret("platform:redisPassword", "not the password");
  const { code, text } = await stack.preview();
  assert.notEqual(code, 0);
  assert.match(text, /WRONGPASS|NOAUTH/);
  assert.ok(!text.includes("not the password"));
  await stack.setSecret("platform:redisPassword", REDIS_PASSWORD);
});

test("INFRA-02, INFRA-03, INFRA-04: foreign data, keys and sites are identical after up and two restarts of the api", async () => {
  untouched = await foreign();
  const { code, text } = await stack.up();
  assert.equal(code, 0, text);

  for (const _ of [1, 2]) {
    await docker("restart", name("plane_api"));
    await until(
      async () =>
        (await docker("inspect", "--format", "{{.State.Health.Status}}", name("plane_api"))) === "healthy",
    );
  }
  const during = await foreign();
  assert.deepEqual({ ...during, caddyfile: "" }, { ...untouched, caddyfile: "" });
  assert.ok(during.caddyfile.startsWith(untouched.caddyfile));
  const keys = `${await redis("-n", "8", "--scan")}\n${await redis("-n", "9", "--scan")}`
    .split("\n")
    .filter(Boolean);
  assert.ok(keys.length > 0);
  for (const key of keys) assert.match(key, /^plane:/);
  assert.equal(await site("work.rehearsal.localhost", "/api/health"), '{"status": "OK"}');
  assert.equal((await stack.outputs()).webhookUrl, "https://work.rehearsal.localhost/webhooks/plane");

  const again = await stack.preview("--refresh", "--expect-no-changes");
  assert.equal(again.code, 0, again.text);
});

test("NOTIF-02: a stranger's hundred and first webhook in a minute is refused by the platform's Caddy, and none of the platform's own", async () => {
  // Through the published port Caddy sees the frontend's gateway.
  assert.deepEqual(await statuses("127.0.0.1", PORT), Array(130).fill(200));
  await docker("network", "create", "--subnet", "10.240.1.0/24", name("elsewhere"));
  await docker("network", "connect", name("elsewhere"), name("caddy"));
  const address = await docker(
    ...["inspect", "--format", `{{(index .NetworkSettings.Networks "${name("elsewhere")}").IPAddress}}`],
    name("caddy"),
  );
  // Over this bridge the machine is a stranger.
  assert.deepEqual(await statuses(address, 443), [...Array(100).fill(200), ...Array(30).fill(429)]);
  await docker("network", "disconnect", name("elsewhere"), name("caddy"));
});

test("INFRA-02, INFRA-03, INFRA-04: foreign data, keys and sites are identical after destroy", async () => {
  const destroyed = await stack.pulumi("destroy", "--yes", "--skip-preview");
  assert.equal(destroyed.code, 0, destroyed.text);
  assert.deepEqual(await foreign(), untouched);
  assert.equal(await redis("-n", "8", "DBSIZE"), "0");
  assert.equal(await redis("-n", "9", "DBSIZE"), "0");
});

/** What 130 deliveries to Plane's webhook, one after the other, are answered. */
async function statuses(host: string, port: number): Promise<number[]> {
  const found: number[] = [];
  for (let count = 0; count < 130; count += 1) {
    const servername = "work.rehearsal.localhost";
    const sent = request({
      ...{ host, port, servername, method: "POST", path: "/webhooks/plane", rejectUnauthorized: false },
      headers: { host: servername },
    });
    sent.end("{}");
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.resume();
    found.push(answer.statusCode ?? 0);
  }
  return found;
}

/** Everything on the shared services that is not Plane's. */
async function foreign() {
  return {
    caddyfile: readFileSync(join(stack.directory, "opt/configs/caddy/Caddyfile"), "utf8"),
    grafana: await site("tala.rehearsal.localhost", "/"),
    n8n: await site("mayi.rehearsal.localhost", "/"),
    databases: await psql(
      "SELECT datname, pg_get_userbyid(datdba), datacl FROM pg_database WHERE datname <> 'plane_production' ORDER BY 1",
    ),
    roles: await psql(
      "SELECT rolname, rolpassword, rolsuper FROM pg_authid WHERE rolname !~ '^plane$' ORDER BY 1",
    ),
    rows: await psql("SELECT md5(string_agg(id || hash, ',' ORDER BY id)) FROM spend", "litellm"),
    keys: await redis("-n", "0", "GET", "litellm:router"),
    queue: await redis("-n", "1", "HGETALL", "bull:n8n"),
    sizes: `${await redis("-n", "0", "DBSIZE")} ${await redis("-n", "1", "DBSIZE")}`,
  };
}

function psql(statement: string, database = "postgres"): Promise<string> {
  const client = ["psql", "-h", "127.0.0.1", "-U", "postgres", "-d", database, "-Atqc", statement];
  return docker("exec", "-e", `PGPASSWORD=${PASSWORD}`, name("postgresql"), ...client);
}

function redis(...args: string[]): Promise<string> {
  return docker("exec", "-e", `REDISCLI_AUTH=${REDIS_PASSWORD}`, name("redis"), "redis-cli", ...args);
}

async function site(host: string, path: string): Promise<string> {
  const to = `${host}:443:127.0.0.1:${PORT}`;
  return (await run("curl", ["-sk", "--max-time", "20", "--connect-to", to, `https://${host}${path}`])).text;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 120; attempt += 1) {
    if (await done().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("waited a minute in vain");
}
