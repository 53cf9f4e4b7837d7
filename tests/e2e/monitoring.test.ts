import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { watched } from "../../dashboards/watched.ts";
import { readVersions } from "../../versions.ts";
import { buildStandinImages } from "../standins/images/build.ts";
import { selectorsUsed } from "../support/queriesAsked.ts";
import { docker, filesBelow, run, sweepNames, TestStack } from "../support/stack.ts";

/** A platform as `existing` mode finds it, with the collector beside Plane: real exporters, agent and store. */
const PREFIX = "e2emon";
const PASSWORD = "one password for all roles";
const REDIS_PASSWORD = "the password of redis";
const HTTPS = 18463;
const METRICS = 18464;
const SUBNET = "10.236";
const NETWORKS = { frontend: false, backend: true, monitoring: true, egress: false, sandbox: true };
const PARTS = [
  "plane_blackbox_exporter",
  "plane_container_exporter",
  "plane_node_exporter",
  "plane_postgres_exporter",
  "plane_redis_exporter",
  "plane_vmagent",
];
/** The host's own schedule; no cron of this machine has to run for it. */
const SCHEDULE = `/etc/cron.d/${PREFIX}-plane-backup`;
/** MiB that all parts of the collector may use together. */
const MEMORY_GOAL = 150;
/** Without n8n and a gateway, whose series are seen by tests of their own. */
const WATCHED = watched(PREFIX, {
  openclaw: false,
  notifications: false,
  backup: true,
  certificate: true,
});
const { images, imagesOnDemand } = readVersions();
const name = (part: string) => `${PREFIX}_${part}`;
let stack: TestStack;

before(async () => {
  const wanted = [
    ...(["vmagent", "victoriametrics", "postgresExporter", "redisExporter"] as const),
    ...(["blackboxExporter", "nodeExporter", "python", "socketProxy"] as const),
  ];
  await buildStandinImages(
    wanted.map((image) => ({ name: image, reference: imagesOnDemand[image] })),
    console.log,
  );
  await sweepNames(`${PREFIX}_`);
  stack = await TestStack.create("monitoring", {
    "platform:mode": "existing",
    "platform:prefix": PREFIX,
    "platform:domain": "monitoring.localhost",
    "plane:url": `https://work.monitoring.localhost:${HTTPS}`,
    "plane:adminEmail": "ada@monitoring.test",
    "platform:subnetPrefix": SUBNET,
    "platform:protect": "false",
    "platform:memoryBudget": "4g",
    "monitoring:enabled": "true",
    "backup:enabled": "true",
  });
  await stack.set("platform:root", join(stack.directory, "opt"));
  await stack.setSecret("platform:postgresqlPassword", PASSWORD);
  await stack.setSecret("platform:redisPassword", REDIS_PASSWORD);
});

after(async () => {
  await stack?.dispose();
  rmSync(SCHEDULE, { force: true });
  await sweepNames(`${PREFIX}_`);
});

test("MONITOR-03: a platform without its stores and the way to Docker is refused in preview, with a way to do without", async () => {
  await raisePlatform();
  const { code, text } = await stack.preview();
  assert.notEqual(code, 0);
  for (const part of ["alloy", "loki", "socket_proxy", "victoriametrics"])
    assert.match(text, new RegExp(`container ${name(part)} does not exist: .*monitoring:enabled false`));
});

test("MONITOR-03: one up brings the collector up beside Plane, hardened, and a second one changes nothing", async () => {
  await raiseStores();
  const { code, text } = await stack.up();
  assert.equal(code, 0, text);
  const { containers } = (await stack.outputs()) as { containers: string[] };
  for (const part of PARTS) assert.ok(containers.includes(name(part)), part);
  for (const { Name, Config, HostConfig } of await inspected()) {
    assert.equal(Config.User, "65534:65534", Name);
    assert.deepEqual([HostConfig.CapDrop, HostConfig.CapAdd], [["ALL"], null], Name);
    assert.ok(HostConfig.Memory > 0 && HostConfig.NanoCpus > 0, Name);
    for (const bind of HostConfig.Binds ?? []) assert.match(bind, /:ro$/, Name);
  }
  assert.deepEqual(await stack.drift(), {});
});

test("INFRA-05: what the host's cron calls saves Plane, and says so where it is measured", async () => {
  const [path = "", line = ""] = readFileSync(SCHEDULE, "utf8").split("\n");
  const [, when, call = ""] = /^(\d+ \d+ \* \* \*) root (.+)$/.exec(line) ?? [];
  assert.equal(when, "40 2 * * *");
  // As cron calls it: by sh, with next to nothing in its environment.
  const { code, text } = await run("env", ["-i", path, "sh", "-c", call]);
  assert.equal(code, 0, text);
  assert.match((await run("docker", ["logs", name("plane_backup")])).text, /is saved and verified/);
  const [archive, ...more] = readdirSync(join(stack.directory, "opt/backups/plane")).filter((each) =>
    each.endsWith(".tar"),
  );
  assert.match(archive ?? "", /^plane-\d{8}T\d{6}Z\.tar$/);
  assert.deepEqual(more, []);
});

test("MONITOR-01, MONITOR-03, MONITOR-04: every series that a panel or an alert names is there", async () => {
  await trustCaddy();
  const selectors = selectorsUsed(WATCHED);
  const counted = async () =>
    Promise.all(selectors.map(async (selector) => ({ selector, series: (await series(selector)).length })));
  // Each target is looked at in its own second of the half minute.
  const wrong = () => series('up{job=~"plane-.+"} == 0 or probe_success{job="plane-probe"} == 0');
  const isComplete = async () => (await counted()).every(({ series }) => series > 0);
  await until(async () => (await isComplete()) && (await wrong()).length === 0).catch(() => {});
  const found = await counted();
  for (const { selector, series } of found) console.log(`${String(series).padStart(4)} ${selector}`);
  assert.deepEqual(
    found.filter(({ series }) => series === 0).map(({ selector }) => selector),
    [],
  );
  assert.deepEqual(await wrong(), []);
});

test("MONITOR-03: each of our containers has CPU, memory and its limit, as Docker counts them", async () => {
  const limits = await series(`container_spec_memory_limit_bytes{name="${name("plane_api")}"}`);
  assert.deepEqual(
    limits.map(({ value }) => value),
    [384 * 1024 * 1024],
  );
  const [memory] = await series(`container_memory_working_set_bytes{name="${name("plane_api")}"}`);
  assert.ok(memory !== undefined && memory.value > 1e6 && memory.value < 384 * 1024 * 1024);
  const foreign = await series(`container_memory_working_set_bytes{name!~"${PREFIX}_.+"}`);
  assert.deepEqual(foreign, []);
});

test("MONITOR-04: a stopped api, a stuffed queue, a webhook that is off and a container killed for its memory are seen", async () => {
  const queued = Array.from({ length: 120 }, (_, index) => String(index));
  await docker("stop", name("plane_api"), name("plane_worker"));
  await redis("-n", "9", "LPUSH", "plane:celery", ...queued);
  await psql("UPDATE webhooks SET is_active = false", "plane_production");
  const hog = ["--memory", "24m", "--memory-swap", "24m", "--entrypoint", "sh", images.redis];
  await docker("run", "-d", "--name", name("plane_hog"), ...hog, "-c", "tail /dev/zero; sleep 600");
  const expected = {
    'probe_success{probe="api"}': (value: number) => value === 0,
    'redis_key_size{key="plane:celery"}': (value: number) => value >= 120,
    plane_webhooks_inactive: (value: number) => value === 1,
    [`container_oom_events_total{name="${name("plane_hog")}"}`]: (value: number) => value >= 1,
  };
  for (const [query, isAsExpected] of Object.entries(expected))
    await until(async () => (await series(query)).some(({ value }) => isAsExpected(value)), query);
  await docker("rm", "-f", name("plane_hog"));
});

test("MONITOR-03: the collector uses less than 150 MB in all", async () => {
  const used = await Promise.all(
    (await inspected()).map(async ({ Name, State }) => {
      const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${State.Pid}/status`, "utf8"))?.[1];
      return { name: Name.slice(1), mebibytes: Number(rss) / 1024 };
    }),
  );
  const total = used.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
  for (const { name, mebibytes } of used) console.log(`${mebibytes.toFixed(1).padStart(6)} MiB ${name}`);
  console.log(`${total.toFixed(1).padStart(6)} MiB in all`);
  assert.ok(total < MEMORY_GOAL, `${total} MiB`);
});

test("no secret stands on a command line, in the environment, a label, a log or a file that others may read", async () => {
  const outputs = await stack.outputs();
  const secrets = [PASSWORD, REDIS_PASSWORD, ...Object.values(outputs["tokens"] as Record<string, string>)];
  const monitorPassword = readFileSync(
    join(stack.directory, "opt/configs/plane-monitoring/plane_postgres_exporter/password"),
    "utf8",
  );
  const logs = await Promise.all(PARTS.map((part) => run("docker", ["logs", name(part)])));
  const files = filesBelow(join(stack.directory, "opt/configs/plane-monitoring"));
  assert.ok(files.length > 5);
  for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600, file);
  const said = [
    JSON.stringify(await inspected()),
    ...logs.map(({ text }) => text),
    await stack.state(),
    readFileSync("/proc/self/cmdline", "utf8"),
    ...readdirSync("/proc")
      .filter((each) => /^\d+$/.test(each))
      .map((pid) => run("cat", [`/proc/${pid}/cmdline`]).then(({ text }) => text)),
  ];
  for (const secret of [...secrets, monitorPassword])
    for (const text of await Promise.all(said)) assert.ok(!text.includes(secret));
});

test("MONITOR-03: destroy takes the collector, its role and its files along, and leaves the platform's own", async () => {
  const { code, text } = await stack.pulumi("destroy", "--yes", "--skip-preview");
  assert.equal(code, 0, text);
  assert.equal(await psql("SELECT count(*) FROM pg_roles WHERE rolname = 'plane_monitor'"), "0");
  const left = (await docker("ps", "--all", "--format", "{{.Names}}")).split("\n");
  for (const part of PARTS) assert.ok(!left.includes(name(part)));
  assert.ok(left.includes(name("victoriametrics")));
  assert.deepEqual(
    filesBelow(join(stack.directory, "opt")).filter((file) => file.includes("plane-monitoring")),
    [],
  );
  assert.ok(!existsSync(SCHEDULE));
});

async function raisePlatform(): Promise<void> {
  for (const [index, [part, internal]] of Object.entries(NETWORKS).entries()) {
    const subnet = `${SUBNET}.${index + 1}.0/24`;
    await docker("network", "create", ...(internal ? ["--internal"] : []), "--subnet", subnet, name(part));
  }
  const folder = join(stack.directory, "opt/configs/caddy");
  mkdirSync(folder, { recursive: true });
  const snippet = `(vpn_only) {\n\t@blocked not client_ip ${SUBNET}.1.0/24\n\terror @blocked 403\n}\n`;
  writeFileSync(join(folder, "Caddyfile"), `{\n\tlocal_certs\n\tskip_install_trust\n}\n\n${snippet}`);
  const auth = "POSTGRES_INITDB_ARGS=--auth-local=scram-sha-256 --auth-host=scram-sha-256";
  await raise("postgresql", "backend", [
    "-e",
    `POSTGRES_PASSWORD=${PASSWORD}`,
    "-e",
    auth,
    images.postgresql,
  ]);
  const memory = ["--maxmemory", "96mb", "--maxmemory-policy", "allkeys-lru"];
  await raise("redis", "backend", [images.redis, "redis-server", "--requirepass", REDIS_PASSWORD, ...memory]);
  const mount = `${folder}/Caddyfile:/etc/caddy/Caddyfile:ro`;
  await raise("caddy", "frontend", ["-p", `127.0.0.1:${HTTPS}:443`, "-v", mount, images.caddy]);
  await docker("network", "connect", "--alias", "caddy", name("backend"), name("caddy"));
  // Caddy signs for itself here; the program has to know by what.
  const root = join(stack.directory, "root.crt");
  await until(async () => {
    await docker("cp", `${name("caddy")}:/data/caddy/pki/authorities/local/root.crt`, root);
    return true;
  });
  process.env["NODE_EXTRA_CA_CERTS"] = root;
  await until(async () => (await psql("SELECT 1")) === "1");
}

/** The platform's store and its way to Docker; of Loki and Alloy only the names are needed here. */
async function raiseStores(): Promise<void> {
  const socket = ["-v", "/var/run/docker.sock:/var/run/docker.sock:ro", "-e", "CONTAINERS=1"];
  await raise("socket_proxy", "monitoring", [...socket, imagesOnDemand.socketProxy]);
  await raise("victoriametrics", "frontend", [
    ...["-p", `127.0.0.1:${METRICS}:8428`, imagesOnDemand.victoriametrics],
    ...["-storageDataPath=/storage", "-search.latencyOffset=1s"],
  ]);
  const alias = ["--alias", "victoriametrics"];
  await docker("network", "connect", ...alias, name("monitoring"), name("victoriametrics"));
  for (const part of ["alloy", "loki"]) await raise(part, "monitoring", [images.redis, "sleep", "infinity"]);
}

async function raise(part: string, network: string, rest: string[]): Promise<void> {
  const alias = part.replaceAll("_", "-");
  await docker(
    "run",
    "-d",
    "--name",
    name(part),
    "--network",
    name(network),
    "--network-alias",
    alias,
    ...rest,
  );
}

/** The probes verify certificates, and here only a test's own authority vouches for them. */
async function trustCaddy(): Promise<void> {
  const container = name("plane_blackbox_exporter");
  const folder = join(stack.directory, "trust/ssl/certs");
  mkdirSync(folder, { recursive: true });
  // Written, not copied: for everybody to read.
  writeFileSync(join(folder, "caddy.pem"), readFileSync(join(stack.directory, "root.crt")));
  await docker("cp", join(stack.directory, "trust/ssl"), `${container}:/etc`);
  await docker("restart", container);
}

async function inspected() {
  return JSON.parse(await docker("inspect", ...PARTS.map(name))) as {
    Name: string;
    State: { Pid: number };
    Config: { User: string };
    HostConfig: {
      Memory: number;
      NanoCpus: number;
      CapDrop: string[];
      CapAdd: string[] | null;
      Binds: string[] | null;
    };
  }[];
}

/** What VictoriaMetrics answers now. */
async function series(query: string): Promise<{ metric: Record<string, string>; value: number }[]> {
  const url = `http://127.0.0.1:${METRICS}/api/v1/query?query=${encodeURIComponent(query)}`;
  const { data } = (await (await fetch(url)).json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}

function psql(statement: string, database = "postgres"): Promise<string> {
  const client = ["psql", "-h", "127.0.0.1", "-U", "postgres", "-d", database, "-Atqc", statement];
  return docker("exec", "-e", `PGPASSWORD=${PASSWORD}`, name("postgresql"), ...client);
}

function redis(...args: string[]): Promise<string> {
  return docker("exec", "-e", `REDISCLI_AUTH=${REDIS_PASSWORD}`, name("redis"), "redis-cli", ...args);
}

async function until(done: () => Promise<boolean>, what = "what was waited for"): Promise<void> {
  for (let attempt = 0; attempt < 240; attempt += 1) {
    if (await done().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`waited two minutes in vain for ${what}`);
}
