import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { output } from "@pulumi/pulumi";
import { parse } from "yaml";
import { blackboxExporter, probeJob, probesOf } from "../../components/monitoring/blackboxExporter.ts";
import { Engine } from "../../components/monitoring/containerExporter/engine.ts";
import { metricsText } from "../../components/monitoring/containerExporter/metrics.ts";
import { OomKills } from "../../components/monitoring/containerExporter/oomKills.ts";
import {
  containerExporter,
  containerExporterProgram,
} from "../../components/monitoring/containerExporter.ts";
import { nodeExporter } from "../../components/monitoring/nodeExporter.ts";
import type { Part } from "../../components/monitoring/part.ts";
import { postgresExporter, postgresJob } from "../../components/monitoring/postgresExporter.ts";
import { redisExporter } from "../../components/monitoring/redisExporter.ts";
import { vmagent } from "../../components/monitoring/vmagent.ts";
import { lokiConfiguration } from "../../components/platform/observability.ts";

const PROBES = {
  host: "work.ewutelo.cloud",
  scheme: "https",
  token: "plane_api_0123456789abcdef",
  webhooks: true,
} as const;

const textOf = (part: Part, file: string) =>
  new Promise<string>((resolve) => {
    output(part.files[file] ?? "").apply(resolve);
  });

test("MONITOR-01: the api, an authenticated call, the site, the webhook's path and the certificate are asked", () => {
  assert.deepEqual(
    probesOf(PROBES).map(({ probe, target }) => `${probe} ${target}`),
    [
      "api http://plane-api:8000/",
      "api_authenticated http://plane-api:8000/api/v1/users/me/",
      "web https://caddy/",
      "webhook http://n8n:5678/webhook/plane",
      "certificate caddy:443",
    ],
  );
});

test("what a stack has not is not asked: no n8n, no certificate", () => {
  const few = probesOf({ ...PROBES, scheme: "http", webhooks: false });
  assert.deepEqual(
    few.map(({ probe }) => probe),
    ["api", "api_authenticated", "web"],
  );
});

test("each probe is a target with its name as label and as module, asked by way of the exporter", () => {
  const job = probeJob(blackboxExporter(PROBES), PROBES);
  assert.deepEqual(job.static_configs[0], {
    targets: ["http://plane-api:8000/"],
    labels: { probe: "api", __param_module: "api" },
  });
  assert.deepEqual(job.relabel_configs?.at(-1), {
    target_label: "__address__",
    replacement: "plane-blackbox-exporter:9115",
  });
});

test("the probes' file has a module for each probe; the site is asked by its name, the token is a header", async () => {
  const { modules } = parse(await textOf(blackboxExporter(PROBES), "blackbox.yml")) as {
    modules: Record<string, { http?: { headers?: Record<string, string>; tls_config?: object } }>;
  };
  for (const { probe } of probesOf(PROBES)) assert.ok(probe in modules, probe);
  assert.deepEqual(modules["api_authenticated"]?.http?.headers, { "X-Api-Key": PROBES.token });
  assert.deepEqual(modules["web"]?.http?.headers, { Host: PROBES.host });
  assert.deepEqual(modules["web"]?.http?.tls_config, { server_name: PROBES.host });
});

test("passwords and tokens stand in files alone, never on a command line or in the environment", () => {
  const parts = [
    blackboxExporter(PROBES),
    postgresExporter("postgresql", "a password"),
    redisExporter({ hostname: "redis", password: "a password", broker: 9 }),
  ];
  for (const { name, command, environment } of parts) {
    const open = JSON.stringify({ command, environment });
    assert.ok(!open.includes("a password") && !open.includes(PROBES.token), name);
  }
});

test("the queue is the broker's list under our prefix", async () => {
  const part = redisExporter({ hostname: "redis", password: "s", broker: 11 });
  assert.ok(part.command.includes("--check-single-keys=db11=plane:celery"));
  assert.equal(await textOf(part, "passwords.json"), '{"redis://redis:6379":"s"}');
});

test("PostgreSQL's exporter is told what of Plane to look at, and says no more of the server than is looked at", async () => {
  const part = postgresExporter("postgresql", "s");
  const queries = parse(await textOf(part, "queries.yml")) as Record<string, { query: string }>;
  assert.deepEqual(Object.keys(queries), ["plane_beat", "plane_webhooks"]);
  const [keep] = postgresJob(part).metric_relabel_configs ?? [];
  const kept = new RegExp(`^(${keep?.regex})$`);
  for (const name of ["pg_up", "plane_webhooks_inactive", "pg_settings_max_connections"])
    assert.match(name, kept);
  for (const name of ["pg_settings_work_mem_bytes", "go_goroutines"]) assert.doesNotMatch(name, kept);
});

test("vmagent's file names all jobs and the stack, and the same input gives the same bytes", async () => {
  const job = { job_name: "plane-redis", static_configs: [{ targets: ["plane-redis-exporter:9121"] }] };
  const text = await textOf(vmagent("plane-ops/prod", [job]), "scrape.yml");
  assert.equal(text, await textOf(vmagent("plane-ops/prod", [job]), "scrape.yml"));
  const { global, scrape_configs } = parse(text) as {
    global: { external_labels: object };
    scrape_configs: object[];
  };
  assert.deepEqual(global.external_labels, { stack: "plane-ops/prod" });
  assert.deepEqual(scrape_configs, [job]);
});

test("of the host only the folder of figures is mounted", () => {
  assert.deepEqual(nodeExporter("/opt/javisi").mounts, { "/opt/javisi/backups/plane/metrics": "/metrics" });
});

test("the containers' exporter looks at ours and what Plane stands on, and is one file", async () => {
  const program = await containerExporterProgram();
  assert.doesNotMatch(program, /from "(?!node:)/);
  const pattern = new RegExp(`^(${containerExporter("javisi", program).command.at(-1)})$`);
  for (const name of ["javisi_plane_api", "javisi_openclaw", "javisi_redis"]) assert.match(name, pattern);
  for (const name of ["javisi_grafana", "other_plane_api"]) assert.doesNotMatch(name, pattern);
});

test("MONITOR-03: figures carry cAdvisor's names; a container that is killed counts while it is away", () => {
  const usage = { name: "javisi_plane_api", seconds: 1.5, workingSet: 1000, limit: 4000 };
  const text = metricsText([usage], new Map([["javisi_plane_worker", 2]]));
  assert.equal(
    text
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .join("\n"),
    [
      'container_cpu_usage_seconds_total{name="javisi_plane_api"} 1.5',
      'container_memory_working_set_bytes{name="javisi_plane_api"} 1000',
      'container_spec_memory_limit_bytes{name="javisi_plane_api"} 4000',
      'container_oom_events_total{name="javisi_plane_api"} 0',
      'container_oom_events_total{name="javisi_plane_worker"} 2',
      "",
    ].join("\n"),
  );
});

test("memory is counted without the file cache that can be given back, by either name of it", async () => {
  const memory = {
    two: { usage: 100, limit: 400, stats: { inactive_file: 30 } },
    one: { usage: 100, limit: 400, stats: { total_inactive_file: 60 } },
    gone: {},
  };
  const server = createServer(({ url = "" }, response) => {
    const id = /containers\/(\w+)\/stats/.exec(url)?.[1];
    const body =
      id === undefined
        ? [...Object.keys(memory), "left"].map((name) => ({ Id: name, Names: [`/x_${name}`] }))
        : {
            cpu_stats: { cpu_usage: { total_usage: 2e9 } },
            memory_stats: memory[id as keyof typeof memory],
          };
    if (id === "left") response.writeHead(404);
    response.end(JSON.stringify(body));
  }).listen(0);
  const { port } = server.address() as AddressInfo;
  const usages = await new Engine(`http://127.0.0.1:${port}`, /^x_(two|one|gone|left)$/).usages();
  server.close();
  assert.deepEqual(usages, [
    { name: "x_two", seconds: 2, workingSet: 70, limit: 400 },
    { name: "x_one", seconds: 2, workingSet: 40, limit: 400 },
  ]);
});

test("kills are counted over breaks of Docker's stream, from where the last one was heard", async () => {
  const asked: number[] = [];
  const second = Promise.withResolvers<void>();
  const kills = new OomKills({
    async eachOomKill(since, killed) {
      asked.push(since);
      if (asked.length > 1) {
        second.resolve();
        return new Promise(() => {});
      }
      killed("javisi_plane_api");
      killed("javisi_plane_api");
      throw new Error("the stream broke");
    },
  });
  void kills.watch();
  await second.promise;
  assert.equal(kills.counts.get("javisi_plane_api"), 2);
  assert.ok((asked[1] ?? 0) >= (asked[0] ?? 0));
});

test("MONITOR-02: of the embedded Loki our streams are kept for 7 days, all others for the platform's 14", () => {
  const { limits_config } = lokiConfiguration("javisi");
  assert.equal(limits_config.retention_period, "336h");
  assert.deepEqual(limits_config.retention_stream, [
    { period: "168h", priority: 1, selector: '{container=~"javisi_(plane_.+|openclaw)"}' },
  ]);
});
