import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { stringify } from "yaml";
import { watched } from "../../dashboards/watched.ts";
import { Alerting } from "../support/alerting.ts";
import { debianPrograms } from "../support/debianPrograms.ts";
import { freePort } from "../support/freePort.ts";
import { PlaneServer } from "../support/planeServer.ts";
import { ServerProcess } from "../support/serverProcess.ts";
import { Telegram } from "../support/telegram.ts";
import { telegramText } from "../support/telegramHtml.ts";

/**
 * Three alerts live: the exporters, vmagent and VictoriaMetrics read a Plane and a Redis that something happens to, vmalert
 * and Alertmanager tell Telegram. Grafana's own evaluation and routing stay unseen: it is not to be had here.
 */
const WATCHED = watched("javisi", {
  openclaw: false,
  notifications: false,
  backup: true,
  certificate: false,
});
const QUEUE = "plane:celery";
const BROKER = 9;
const HOUR = 3600;

let folder: string;
let plane: PlaneServer;
let redis: Redis;
let telegram: Telegram;
let alerting: Alerting;
let metricsUrl: string;
const processes: ServerProcess[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "plane-ops-alerts-live-"));
  mkdirSync(join(folder, "textfiles"));
  plane = await PlaneServer.start();
  const address = new URL(plane.redisUrl);
  redis = new Redis({
    host: address.hostname,
    port: Number(address.port),
    password: address.password,
    db: BROKER,
  });
  telegram = await Telegram.start();
  await collect();
  backedUp(1);
  await until("all that the alerts ask is read", async () => {
    const probe = await asked(WATCHED.metrics.isUp("api"));
    const queue = await asked(WATCHED.metrics.queue);
    const age = await asked(WATCHED.metrics.backupAge);
    return probe === 1 && queue === 0 && age !== undefined && age < 2 * HOUR;
  });
  alerting = await Alerting.start(metricsUrl, WATCHED, telegram, folder);
});

after(async () => {
  await alerting?.stop();
  for (const each of processes.reverse()) await each.stop();
  redis?.disconnect();
  telegram?.stop();
  await plane?.close();
  rmSync(folder, { recursive: true });
});

test("MONITOR-01, MONITOR-04, INFRA-05: a stopped api, a stuffed queue and an old backup are told in Telegram, and that they are over", async () => {
  const stopped = Date.now();
  await plane.stopApi();
  await redis.lpush(QUEUE, ...Array.from({ length: 150 }, (_, index) => `{"id":"${index}"}`));
  backedUp(27);

  const told = [
    /^firing \[critical\] L'API de Plane ne répond plus depuis 2 minutes\ndocker ps -a .*\nhttps:.*#plane-api-down$/m,
    /^firing \[critical\] 150 travaux attendent le worker de Plane\n.*Ne pas vider la file\.\nhttps:.*#plane-queue-backlog$/m,
    /^firing \[critical\] Aucune sauvegarde de Plane n'a réussi depuis plus de 26 heures\n.*npm run backup.*\nhttps:.*#plane-backup-stale$/m,
  ];
  await until("three messages", async () =>
    told.every((words) => messages().some((text) => words.test(text))),
  );
  const api = telegram.calls.find(({ html }) => told[0]?.test(telegramText(html)));
  const waited = ((api?.at ?? 0) - stopped) / 1000;
  console.log(`the stopped api was told after ${Math.round(waited)} s`);
  assert.ok(waited >= 120 && waited < 180, `${waited} s`);

  const mended = Date.now();
  await plane.startApi();
  await redis.del(QUEUE);
  backedUp(0);
  const over = [
    /^resolved .*L'API de Plane/m,
    /^resolved .*attendent le worker/m,
    /^resolved .*Aucune sauvegarde/m,
  ];
  await until("three messages that it is over", async () =>
    over.every((words) => messages().some((text) => words.test(text))),
  );
  console.log(`that all is over was told after ${Math.round((Date.now() - mended) / 1000)} s`);
  const others = messages().filter((text) => ![...told, ...over].some((words) => words.test(text)));
  assert.deepEqual(others, [], "nothing else was told");
});

/** The exporters and what reads them, all of them Debian's, each as the collector names its job. */
async function collect(): Promise<void> {
  const [probe, redisExporter, host, store] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  metricsUrl = `http://127.0.0.1:${store}`;
  write("blackbox.yml", {
    modules: { api: { prober: "http", timeout: "2s", http: { valid_status_codes: [200] } } },
  });
  write("passwords.json", { [`redis://${new URL(plane.redisUrl).host}`]: new URL(plane.redisUrl).password });
  write("scrape.yml", {
    global: { scrape_interval: "5s", scrape_timeout: "4s" },
    scrape_configs: [
      {
        job_name: "plane-probe",
        metrics_path: "/probe",
        static_configs: [
          {
            targets: [`127.0.0.1:${probe}`],
            labels: { probe: "api", __param_module: "api", __param_target: plane.url },
          },
        ],
      },
      { job_name: "plane-redis", static_configs: [{ targets: [`127.0.0.1:${redisExporter}`] }] },
      { job_name: "plane-host", static_configs: [{ targets: [`127.0.0.1:${host}`] }] },
    ],
  });
  const victoria = await debianPrograms("victoria-metrics");
  await start(join(victoria, "victoria-metrics"), store, "/health", [
    `-httpListenAddr=127.0.0.1:${store}`,
    `-storageDataPath=${join(folder, "data")}`,
    // By default the newest 30 seconds are not shown yet.
    "-search.latencyOffset=1s",
  ]);
  const blackbox = await debianPrograms("prometheus-blackbox-exporter");
  await start(join(blackbox, "prometheus-blackbox-exporter"), probe, "/-/healthy", [
    `--config.file=${join(folder, "blackbox.yml")}`,
    `--web.listen-address=127.0.0.1:${probe}`,
  ]);
  const redisPrograms = await debianPrograms("prometheus-redis-exporter");
  await start(join(redisPrograms, "prometheus-redis-exporter"), redisExporter, "/health", [
    `--redis.addr=redis://${new URL(plane.redisUrl).host}`,
    `--redis.password-file=${join(folder, "passwords.json")}`,
    `--check-single-keys=db${BROKER}=${QUEUE}`,
    `--web.listen-address=127.0.0.1:${redisExporter}`,
  ]);
  const node = await debianPrograms("prometheus-node-exporter");
  await start(join(node, "prometheus-node-exporter"), host, "/", [
    "--collector.disable-defaults",
    "--collector.textfile",
    `--collector.textfile.directory=${join(folder, "textfiles")}`,
    `--web.listen-address=127.0.0.1:${host}`,
  ]);
  const agent = await freePort();
  await start(join(victoria, "vmagent"), agent, "/health", [
    `-promscrape.config=${join(folder, "scrape.yml")}`,
    `-remoteWrite.url=${metricsUrl}/api/v1/write`,
    `-remoteWrite.tmpDataPath=${join(folder, "vmagent")}`,
    "-remoteWrite.flushInterval=1s",
    `-httpListenAddr=127.0.0.1:${agent}`,
  ]);
}

async function start(command: string, port: number, health: string, args: string[]): Promise<void> {
  const log = join(folder, `${port}.log`);
  processes.push(
    await ServerProcess.start({
      command,
      args,
      folder,
      env: {},
      log,
      health: `http://127.0.0.1:${port}${health}`,
    }),
  );
}

function write(name: string, value: unknown): void {
  const text = name.endsWith(".json") ? JSON.stringify(value) : stringify(value);
  writeFileSync(join(folder, name), text, { mode: 0o600 });
}

/** What a backup leaves for node_exporter, so many hours ago; by rename, so that it is never read half. */
function backedUp(hoursAgo: number): void {
  const at = Date.now() / 1000 - hoursAgo * HOUR;
  const lines = [
    `plane_backup_last_success_timestamp_seconds ${at}`,
    // What is verified is another alert's.
    `plane_backup_verified_timestamp_seconds ${Date.now() / 1000}`,
    "plane_backup_failed 0",
  ];
  writeFileSync(join(folder, "textfiles/next"), `${lines.join("\n")}\n`);
  renameSync(join(folder, "textfiles/next"), join(folder, "textfiles/plane_backup.prom"));
}

async function asked(query: string): Promise<number | undefined> {
  const answer = await fetch(`${metricsUrl}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  const value = data.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}

function messages(): string[] {
  return telegram.texts.map(telegramText);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 240_000;
  while (!(await isSo())) {
    assert.ok(
      Date.now() < deadline,
      `${what} within four minutes; told:\n${messages().join("\n")}\n${logs()}`,
    );
    await sleep(500);
  }
}

function logs(): string {
  return [...processes.map((each) => each.logs().slice(-1000)), alerting?.logs().slice(-3000)].join("\n");
}
