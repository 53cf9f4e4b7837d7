import assert from "node:assert/strict";
import { test } from "node:test";
import { output } from "@pulumi/pulumi";
import { parse } from "yaml";
import { blackboxExporter, probeJob, probesOf } from "../../components/monitoring/blackboxExporter.ts";
import { containerExporter } from "../../components/monitoring/containerExporter.ts";
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

test("the containers' exporter looks at ours and what Plane stands on", () => {
  const pattern = new RegExp(`^(${containerExporter("javisi").command[3]})$`);
  for (const name of ["javisi_plane_api", "javisi_openclaw", "javisi_redis"]) assert.match(name, pattern);
  for (const name of ["javisi_grafana", "other_plane_api"]) assert.doesNotMatch(name, pattern);
});

test("MONITOR-02: of the embedded Loki our streams are kept for 7 days, all others for the platform's 14", () => {
  const { limits_config } = lokiConfiguration("javisi");
  assert.equal(limits_config.retention_period, "336h");
  assert.deepEqual(limits_config.retention_stream, [
    { period: "168h", priority: 1, selector: '{container=~"javisi_(plane_.+|openclaw)"}' },
  ]);
});
