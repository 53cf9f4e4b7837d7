import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { stringify } from "yaml";
import { alertGroups } from "../../dashboards/alerts/index.ts";
import { debianPrograms } from "../support/debianPrograms.ts";
import { EVERYTHING } from "../support/everythingWatched.ts";
import { prometheusRules } from "../support/prometheusRules.ts";
import { queriesAsked } from "../support/queriesAsked.ts";

/** Every alert over series made for it, evaluated by Prometheus' own promtool. */

const GROUPS = alertGroups(EVERYTHING);
const ALERTS = GROUPS.flatMap(({ alerts }) => alerts);
/** All is well for so long, before something goes wrong. */
const WELL_MINUTES = 20;

/** As seconds; promtool's time begins at 0. */
const HOURS_25_BEFORE = WELL_MINUTES * 60 - 25 * 3600;

/** How a series goes on: at another value, growing by so much a minute, or not read at all. */
type Course = number | { perMinute: number } | "gone";

/** A platform that is well; `perMinute` makes a clock. */
const WELL: Record<string, Course> = {
  'probe_success{job="plane-probe",probe="api"}': 1,
  'probe_success{job="plane-probe",probe="api_authenticated"}': 1,
  'probe_success{job="plane-probe",probe="web"}': 1,
  'probe_success{job="plane-probe",probe="webhook"}': 1,
  'probe_ssl_earliest_cert_expiry{job="plane-probe",probe="certificate"}': 60 * 86_400,
  'up{job="plane-probe"}': 1,
  'up{job="plane-redis"}': 1,
  'up{job="of-somebody-else"}': 0,
  'redis_key_size{job="plane-redis",db="db9",key="plane:celery"}': 0,
  'redis_memory_used_bytes{job="plane-redis"}': 300e6,
  'redis_memory_max_bytes{job="plane-redis"}': 400e6,
  'redis_evicted_keys_total{job="plane-redis"}': 7,
  'pg_stat_activity_count{job="plane-postgresql",datname="plane_production",state="idle"}': 40,
  'pg_stat_activity_count{job="plane-postgresql",datname="n8n",state="active"}': 35,
  'pg_settings_max_connections{job="plane-postgresql"}': 100,
  'plane_beat_last_run_age_seconds{job="plane-postgresql"}': 250,
  'plane_webhooks_inactive{job="plane-postgresql"}': 0,
  'container_oom_events_total{job="plane-containers",name="javisi_plane_api"}': 1,
  'container_oom_events_total{job="plane-containers",name="javisi_litellm"}': { perMinute: 1 },
  'node_filesystem_avail_bytes{job="plane-host",mountpoint="/"}': 20e9,
  'node_filesystem_size_bytes{job="plane-host",mountpoint="/"}': 80e9,
  'plane_backup_last_success_timestamp_seconds{job="plane-host"}': { perMinute: 60 },
  'plane_backup_verified_timestamp_seconds{job="plane-host"}': { perMinute: 60 },
  'plane_backup_failed{job="plane-host"}': 0,
  'plane_bridge_spawn_outcomes_total{job="plane-bridge",agent="concierge",outcome="ok"}': { perMinute: 2 },
  'plane_bridge_spawn_outcomes_total{job="plane-bridge",agent="concierge",outcome="error"}': 4,
  'plane_bridge_spent_dollars{job="plane-bridge"}': 200,
  'plane_bridge_budget_dollars{job="plane-bridge"}': 250,
};

interface Trouble {
  /** What goes another way than in {@link WELL}. */
  series: Record<string, Course>;
  /** Minutes that it lasts; then all is well again. */
  lasts: number;
  /** Minutes until the query itself says so; the alert's `for` comes on top. */
  notBefore?: number;
  /** Minutes after the end until the query no longer says so. */
  lingers?: number;
  /** Other alerts that the same trouble means. */
  also?: string[];
}

const TROUBLE: Record<string, Trouble> = {
  "plane-api-down": {
    series: {
      'probe_success{job="plane-probe",probe="api"}': 0,
      'probe_success{job="plane-probe",probe="api_authenticated"}': 0,
    },
    lasts: 5,
  },
  "plane-api-refuses": {
    series: { 'probe_success{job="plane-probe",probe="api_authenticated"}': 0 },
    lasts: 8,
  },
  "plane-web-down": { series: { 'probe_success{job="plane-probe",probe="web"}': 0 }, lasts: 8 },
  "plane-queue-backlog": {
    series: { 'redis_key_size{job="plane-redis",db="db9",key="plane:celery"}': 101 },
    lasts: 5,
  },
  "plane-worker-stale": {
    series: { 'redis_key_size{job="plane-redis",db="db9",key="plane:celery"}': 3 },
    lasts: 30,
    // The first of the fifteen looks back is the one in which it begins.
    notBefore: 14.5,
  },
  "plane-beat-stale": {
    series: { 'plane_beat_last_run_age_seconds{job="plane-postgresql"}': 901 },
    lasts: 8,
  },
  "plane-webhook-off": { series: { 'plane_webhooks_inactive{job="plane-postgresql"}': 1 }, lasts: 5 },
  "plane-webhook-unreachable": {
    series: { 'probe_success{job="plane-probe",probe="webhook"}': 0 },
    lasts: 8,
  },
  "plane-certificate": {
    series: { 'probe_ssl_earliest_cert_expiry{job="plane-probe",probe="certificate"}': 13.9 * 86_400 },
    lasts: 80,
  },
  "plane-postgresql-connections": {
    series: {
      'pg_stat_activity_count{job="plane-postgresql",datname="plane_production",state="idle"}': 46,
    },
    lasts: 8,
  },
  "plane-redis-memory": { series: { 'redis_memory_used_bytes{job="plane-redis"}': 321e6 }, lasts: 8 },
  "plane-redis-evictions": {
    series: { 'redis_evicted_keys_total{job="plane-redis"}': { perMinute: 20 } },
    lasts: 5,
    lingers: 15.5,
  },
  "plane-container-oom": {
    series: {
      'container_oom_events_total{job="plane-containers",name="javisi_plane_api"}': { perMinute: 2 },
    },
    lasts: 2,
    lingers: 15.5,
  },
  "plane-disk-full": {
    series: { 'node_filesystem_avail_bytes{job="plane-host",mountpoint="/"}': 7.9e9 },
    lasts: 8,
  },
  "plane-collector-silent": {
    series: Object.fromEntries(
      Object.keys(WELL)
        .filter((series) => !series.includes("plane-host"))
        .map((series) => [series, "gone" as const]),
    ),
    lasts: 15,
    // What was read last counts for five minutes more.
    notBefore: 5,
  },
  "plane-collector-target": { series: { 'up{job="plane-redis"}': 0 }, lasts: 15 },
  "plane-spawn-failures": {
    series: {
      'plane_bridge_spawn_outcomes_total{job="plane-bridge",agent="concierge",outcome="error"}': {
        perMinute: 2,
      },
    },
    lasts: 5,
    notBefore: 1,
    lingers: 61,
  },
  "plane-budget-spent": { series: { 'plane_bridge_spent_dollars{job="plane-bridge"}': 226 }, lasts: 15 },
  "plane-backup-stale": {
    series: { 'plane_backup_last_success_timestamp_seconds{job="plane-host"}': HOURS_25_BEFORE },
    lasts: 90,
    notBefore: 60,
  },
  "plane-backup-unverified": {
    series: { 'plane_backup_verified_timestamp_seconds{job="plane-host"}': HOURS_25_BEFORE },
    lasts: 90,
    notBefore: 60,
  },
  "plane-backup-failed": { series: { 'plane_backup_failed{job="plane-host"}': 1 }, lasts: 5 },
};

let folder: string;
let promtool: string;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "plane-ops-alerts-"));
  promtool = join(await debianPrograms("prometheus"), "promtool");
  writeFileSync(join(folder, "rules.yml"), prometheusRules(GROUPS, "docs/runbooks"));
});
after(() => rmSync(folder, { recursive: true }));

test("MONITOR-04: every alert has a trouble that it is tried with", () => {
  assert.deepEqual(Object.keys(TROUBLE).sort(), ALERTS.map(({ id }) => id).sort());
});

test("MONITOR-04: Prometheus takes all rules, and every panel's query too", async () => {
  const rules = queriesAsked(EVERYTHING)
    .filter(({ language }) => language === "promql")
    .map(({ expr }, index) => ({ record: `panel:${index}`, expr }));
  writeFileSync(join(folder, "panels.yml"), stringify({ groups: [{ name: "panels", rules }] }));
  const said = await run("check", "rules", "rules.yml", "panels.yml");
  assert.match(said, new RegExp(`SUCCESS: ${ALERTS.length} rules found`));
  assert.match(said, new RegExp(`SUCCESS: ${rules.length} rules found`));
});

test("MONITOR-04: nothing is told while all is well", async () => {
  await evaluated(
    { series: {}, lasts: 120 },
    [0, 10, 60, 120].map((minutes) => [minutes, []]),
  );
});

for (const { id, for: lasting } of ALERTS) {
  test(`${requirementOf(id)}: ${id} fires once it has lasted, and not before; it is resolved when all is well again`, async () => {
    const trouble = TROUBLE[id];
    assert.ok(trouble);
    const { lasts, notBefore = 0, lingers = 0, also = [] } = trouble;
    const fires = WELL_MINUTES + notBefore + minutesOf(lasting);
    await evaluated(trouble, [
      [WELL_MINUTES - 0.5, []],
      [fires - 0.5, also],
      [fires + 0.5, [id, ...also]],
      [WELL_MINUTES + lasts - 0.5, [id, ...also]],
      [WELL_MINUTES + lasts + lingers + 0.5, also],
    ]);
  });
}

test("INFRA-05: a backup that has never been made is told, for there is no sign of it", async () => {
  const gone = { 'plane_backup_last_success_timestamp_seconds{job="plane-host"}': "gone" as const };
  const fires = WELL_MINUTES + 5 + 1;
  await evaluated({ series: gone, lasts: 20 }, [
    [fires - 0.5, []],
    [fires + 0.5, ["plane-backup-stale"]],
  ]);
});

test("MONITOR-04: a Redis without a limit of its own is not full", async () => {
  await evaluated({ series: { 'redis_memory_max_bytes{job="plane-redis"}': 0 }, lasts: 20 }, [[35, []]]);
});

/** The alert's own requirement, where one names it. */
function requirementOf(id: string): string {
  if (id === "plane-api-down") return "MONITOR-01";
  if (id === "plane-spawn-failures") return "OPENCLAW-UPG-11";
  if (id === "plane-budget-spent") return "OPENCLAW-11";
  return id.startsWith("plane-backup") ? "INFRA-05" : "MONITOR-04";
}

/** Evaluates the rules over the series, and compares which alerts fire at these minutes. */
async function evaluated(trouble: Trouble, expected: [minutes: number, ids: string[]][]): Promise<void> {
  const end = WELL_MINUTES + trouble.lasts + (trouble.lingers ?? 0) + 10;
  const series = Object.entries(WELL).map(([name, well]) => ({
    series: name,
    values: values(well, trouble.series[name] ?? well, trouble.lasts, end),
  }));
  const asks = expected.flatMap(([minutes, ids]) =>
    ALERTS.map(({ id }) => ({
      expr: `count(ALERTS{alertname="${id}",alertstate="firing"}) or vector(0)`,
      eval_time: `${minutes * 60}s`,
      exp_samples: [{ labels: "{}", value: ids.includes(id) ? 1 : 0 }],
    })),
  );
  const unit = {
    rule_files: ["rules.yml"],
    evaluation_interval: "30s",
    tests: [{ interval: "30s", input_series: series, promql_expr_test: asks }],
  };
  writeFileSync(join(folder, "test.yml"), stringify(unit, { lineWidth: 0 }));
  assert.match(await run("test", "rules", "test.yml"), /SUCCESS/);
}

/** In promtool's notation, two a minute: well, then in trouble, then well again. */
function values(well: Course, bad: Course, lasts: number, end: number): string {
  const phases: [Course, number, number][] = [
    [well, 0, WELL_MINUTES],
    [bad, WELL_MINUTES, WELL_MINUTES + lasts],
    [well, WELL_MINUTES + lasts, end],
  ];
  let last = 0;
  return phases
    .map(([course, from, to]) => {
      const count = (to - from) * 2;
      if (course === "gone") return `_x${count}`;
      if (typeof course === "object") {
        const clock = isClock(well) ? course.perMinute * from : last + course.perMinute / 2;
        last = clock + (course.perMinute / 2) * (count - 1);
        return `${clock}+${course.perMinute / 2}x${count - 1}`;
      }
      // A counter does not go back when the trouble is over.
      const value = typeof bad === "object" && from > 0 ? last : course;
      last = value;
      return `${value}+0x${count - 1}`;
    })
    .join(" ");
}

function isClock(course: Course): boolean {
  return typeof course === "object";
}

function minutesOf(duration: string): number {
  const [, number = "", unit = ""] = /^(\d+)([smh])$/.exec(duration) ?? [];
  return Number(number) * ({ s: 1 / 60, m: 1, h: 60 }[unit] ?? Number.NaN);
}

function run(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(promtool, args, { cwd: folder }, (error, stdout, stderr) =>
      error ? reject(new Error(`promtool ${args.join(" ")}:\n${stdout}${stderr}`)) : resolve(stdout + stderr),
    );
  });
}
