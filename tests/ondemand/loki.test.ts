import "../../plane/localhost.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { watched } from "../../dashboards/watched.ts";
import { readVersions } from "../../versions.ts";
import { buildStandinImages } from "../standins/images/build.ts";
import { buildGo } from "../support/buildGo.ts";
import { queriesAsked, streamsUsed } from "../support/queriesAsked.ts";
import { docker, run, sweepNames, TestStack } from "../support/stack.ts";

/** A local stack with monitoring: a real Loki, whose build takes four minutes, so only when it is asked for. */
const PREFIX = "odloki";
const PORT = 18_095;
const SUBNET = "10.237";
const name = (part: string) => `${PREFIX}_${part}`;
let stack: TestStack;
let tokens: Record<string, string>;

before(async () => {
  const { imagesOnDemand } = readVersions();
  const wanted = [
    ...(["vmagent", "victoriametrics", "postgresExporter", "redisExporter", "blackboxExporter"] as const),
    ...(["nodeExporter", "python", "socketProxy", "loki", "alloy"] as const),
  ];
  await buildStandinImages(
    wanted.map((image) => ({ name: image, reference: imagesOnDemand[image] })),
    console.log,
  );
  await sweepNames(`${PREFIX}_`);
  stack = await TestStack.create("ondemand-loki", {
    "platform:prefix": PREFIX,
    "platform:httpPort": String(PORT),
    "platform:subnetPrefix": SUBNET,
    "platform:memoryBudget": "4g",
    "monitoring:enabled": "true",
  });
});

after(async () => {
  await stack?.dispose();
});

test("MONITOR-02, MONITOR-03: one `up` brings stores, shipper and collector up, and a second one changes nothing", async () => {
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  assert.deepEqual(await stack.drift(), {});
  const outputs = await stack.outputs();
  tokens = outputs["tokens"] as Record<string, string>;
  for (const part of ["alloy", "loki", "socket_proxy", "victoriametrics", "plane_vmagent"])
    assert.ok((outputs["containers"] as string[]).includes(name(part)), part);
});

test("the shipper's file is understood by Alloy's own parser", async () => {
  const program = await buildGo("Alloy's parser", {
    name: "alloy-syntax",
    folder: "tests/standins/alloy-syntax",
    package: ".",
    version: "v0.1.0",
  });
  const file = join(stack.directory, `.plane-ops/host/${stack.name}/configs/alloy/config.alloy`);
  const { code, text } = await run(program, [file]);
  assert.deepEqual({ code, text }, { code: 0, text: "" });
});

test("MONITOR-02: what each of our containers prints reaches Loki under the platform's labels, with its level", async () => {
  await calls(30);
  const parts = ["plane_api", "plane_worker", "plane_web", "plane_minio"];
  await until(async () => {
    const { data } = await loki<{ data: string[] }>("label/container/values");
    return parts.every((part) => data.includes(name(part)));
  });
  const [stream] = await streams(`{container="${name("plane_api")}",job="docker",project="${PREFIX}"}`);
  assert.ok(stream !== undefined && stream.values.length > 0);
  const worker = await streams(`{container="${name("plane_worker")}"}`);
  // In the line itself: Loki's own guess knows neither Celery's way to write it nor Plane's `levelname`.
  const lines = worker.flatMap(({ values }) => values.map(([, line]) => line));
  assert.ok(
    lines.some((line) => /: INFO\/\w+\]/.test(line)),
    lines.join("\n"),
  );
});

test("MONITOR-02: no password and no token of the stack is in any line", async () => {
  const outputs = await stack.outputs();
  const passwords = Object.entries(outputs).flatMap(([key, value]) =>
    key.endsWith("Password") || key.endsWith("Secret") ? [String(value)] : [],
  );
  const lines = (await streams(`{project="${PREFIX}"}`)).flatMap(({ values }) =>
    values.map(([, line]) => line),
  );
  assert.ok(lines.length > 50);
  assert.ok(passwords.length > 3);
  for (const secret of [...passwords, ...Object.values(tokens)])
    for (const line of lines) assert.ok(!line.includes(secret));
  assert.ok(!lines.some((line) => /plane_api_[0-9a-f]{8}/.test(line)));
});

test("MONITOR-03: requests per second and P95 come from the api's own request lines, and every query that a panel asks is answered", async () => {
  const WATCHED = watched(PREFIX, {
    openclaw: false,
    notifications: false,
    backup: false,
    certificate: false,
  });
  await until(
    async () => (await calls(20), (await latest(WATCHED.logs.requestMilliseconds(0.95))).length > 0),
  );
  const perSecond = await latest(WATCHED.logs.requestsByClass);
  assert.ok(perSecond.some(({ metric, value }) => metric["class"] === "2xx" && Number(value[1]) > 0));
  const [p95] = await latest(WATCHED.logs.requestMilliseconds(0.95));
  assert.ok(Number(p95?.value[1]) > 0);
  for (const { by, language, expr } of queriesAsked(WATCHED).filter((each) => each.language === "logql"))
    assert.equal(await statusOf(expr), "success", `${by} (${language}): ${expr}`);
  for (const stream of streamsUsed(WATCHED))
    console.log(`${String((await streams(stream)).length).padStart(4)} ${stream}`);
});

test("MONITOR-02: lines of ours are kept for 7 days, by Loki's own account", async () => {
  const text = await ask("http://loki:3100/config");
  assert.match(text, /retention_period: 2w/);
  assert.match(text, new RegExp(`period: 1w\\s+priority: 1\\s+selector: '\\{container=~"${PREFIX}_`));
  assert.match(text, /retention_enabled: true/);
});

test("the way to Docker reads, and changes nothing", async () => {
  assert.match(await ask("http://socket-proxy:2375/containers/json"), /"Id"/);
  const write = ["wget", "-q", "-O", "-", "--post-data", "", "http://socket-proxy:2375/containers/prune"];
  await assert.rejects(docker("exec", name("plane_vmagent"), ...write), /403/);
  await assert.rejects(ask("http://socket-proxy:2375/images/json"), /403/);
});

/** Requests of an agent to the api, past the proxy's log. */
async function calls(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const headers = { "X-Api-Key": tokens["n8n"] ?? "" };
    await fetch(`http://work.localhost:${PORT}/api/v1/users/me/`, { headers });
  }
}

/** Asks from inside: nothing of `monitoring` is published. */
function ask(url: string): Promise<string> {
  return docker("exec", name("plane_vmagent"), "wget", "-q", "-O", "-", url);
}

async function loki<T>(path: string): Promise<T> {
  return JSON.parse(await ask(`http://loki:3100/loki/api/v1/${path}`)) as T;
}

interface Stream {
  stream: Record<string, string>;
  values: [string, string][];
}

async function streams(selector: string): Promise<Stream[]> {
  const query = `query_range?limit=5000&since=1h&query=${encodeURIComponent(selector)}`;
  return (await loki<{ data: { result: Stream[] } }>(query)).data.result;
}

async function latest(expr: string) {
  const query = `query?query=${encodeURIComponent(expr)}`;
  return (
    await loki<{ data: { result: { metric: Record<string, string>; value: [number, string] }[] } }>(query)
  ).data.result;
}

async function statusOf(expr: string): Promise<string> {
  return (await loki<{ status: string }>(`query_range?since=1h&query=${encodeURIComponent(expr)}`)).status;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    if (await done().catch(() => false)) return;
    await sleep(1000);
  }
  throw new Error("waited a minute in vain");
}
