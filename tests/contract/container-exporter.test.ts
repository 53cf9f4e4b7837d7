import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../support/freePort.ts";
import { ServerProcess } from "../support/serverProcess.ts";

/** The containers' exporter before a Docker of which everything is known; e2e/monitoring has it before the real one. */
const PROGRAM = new URL("../../components/monitoring/containerExporter/exporter.py", import.meta.url);
const MEMORY: Record<string, object> = {
  plane_two: { usage: 100, limit: 400, stats: { inactive_file: 30 } },
  plane_one: { usage: 100, limit: 400, stats: { total_inactive_file: 60 } },
  plane_stopping: {},
};
const folder = mkdtempSync(join(tmpdir(), "container-exporter-"));
let docker: Server;
let exporter: ServerProcess;
let url: string;
let broken = false;
const listeners: { since: number; stream: ServerResponse }[] = [];

before(async () => {
  docker = createServer(({ url: path = "" }, response) => answer(path, response)).listen(0, "127.0.0.1");
  await once(docker, "listening");
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const address = `http://127.0.0.1:${(docker.address() as AddressInfo).port}`;
  exporter = await ServerProcess.start({
    command: "python3",
    args: [fileURLToPath(PROGRAM), address, "x_(plane_.+|redis)", String(port)],
    folder,
    env: {},
    log: join(folder, "log"),
    health: `${url}/health`,
  });
});

after(async () => {
  await exporter?.stop();
  docker?.close();
  docker?.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

function answer(path: string, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(path, "http://docker");
  const stats = /^\/v1\.41\/containers\/(\w+)\/stats$/.exec(pathname)?.[1];
  if (broken) response.writeHead(500).end();
  else if (pathname === "/v1.41/containers/json") {
    const names = [...Object.keys(MEMORY), "plane_gone", "grafana"];
    response.end(JSON.stringify(names.map((name) => ({ Id: name, Names: [`/x_${name}`] }))));
  } else if (pathname === "/v1.41/events") {
    assert.deepEqual(JSON.parse(searchParams.get("filters") ?? ""), { type: ["container"], event: ["oom"] });
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    listeners.push({ since: Number(searchParams.get("since")), stream: response });
  } else if (stats !== undefined && stats in MEMORY) {
    assert.equal(searchParams.get("one-shot"), "true");
    const body = { cpu_stats: { cpu_usage: { total_usage: 2.5e9 } }, memory_stats: MEMORY[stats] };
    response.end(JSON.stringify(body));
  } else response.writeHead(404).end();
}

async function figures(): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

async function until(done: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; !(await done()); attempt += 1) {
    assert.ok(attempt < 100, "waited in vain");
    await sleep(100);
  }
}

const oomKill = (name: string) => `${JSON.stringify({ status: "oom", Actor: { Attributes: { name } } })}\n`;

test("MONITOR-03: figures carry cAdvisor's names; memory is counted without the cache that can be given back, by either cgroup's name of it", async () => {
  assert.deepEqual(await figures(), [
    'container_cpu_usage_seconds_total{name="x_plane_one"} 2.5',
    'container_cpu_usage_seconds_total{name="x_plane_two"} 2.5',
    'container_memory_working_set_bytes{name="x_plane_one"} 40',
    'container_memory_working_set_bytes{name="x_plane_two"} 70',
    'container_spec_memory_limit_bytes{name="x_plane_one"} 400',
    'container_spec_memory_limit_bytes{name="x_plane_two"} 400',
    'container_oom_events_total{name="x_plane_one"} 0',
    'container_oom_events_total{name="x_plane_two"} 0',
  ]);
});

test("a kill is counted though its container is away, others' are not, and a break of the stream loses none", async () => {
  await until(() => listeners.length === 1);
  const [first] = listeners;
  first?.stream.write(oomKill("x_plane_gone") + oomKill("x_grafana"));
  const counted = async (count: number) =>
    (await figures()).includes(`container_oom_events_total{name="x_plane_gone"} ${count}`);
  await until(() => counted(1));
  assert.ok(!(await figures()).some((line) => line.includes("grafana")));
  first?.stream.destroy();
  await until(() => listeners.length === 2);
  const [, second] = listeners;
  assert.ok((second?.since ?? 0) > (first?.since ?? 0));
  second?.stream.write(oomKill("x_plane_gone"));
  await until(() => counted(2));
});

test("a Docker that does not answer well is told as a failed look, and the next one is as good as ever", async () => {
  broken = true;
  assert.equal((await fetch(`${url}/metrics`)).status, 503);
  broken = false;
  assert.equal((await fetch(`${url}/metrics`)).status, 200);
  assert.equal((await fetch(`${url}/other`)).status, 404);
});
