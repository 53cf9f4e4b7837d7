import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { annotations } from "../../dashboards/alerts/alert.ts";
import { grafanaRule } from "../../dashboards/alerts/grafana.ts";
import { alertGroups, EVERY_SECONDS } from "../../dashboards/alerts/index.ts";
import { EVERYTHING } from "../support/everythingWatched.ts";
import { prometheusRules } from "../support/prometheusRules.ts";

const ALERTS = alertGroups(EVERYTHING).flatMap(({ alerts }) => alerts);
const RUNBOOK = readFileSync(new URL("../../docs/runbooks/alerts.md", import.meta.url), "utf8");
const ROUTE = { contactPoint: "telegram-monitoring", runbookUrl: "docs/runbooks" };
const byId = (id: string) => {
  const alert = ALERTS.find((each) => each.id === id);
  assert.ok(alert, id);
  return alert;
};

test("MONITOR-04: the runbook has a chapter for every alert, and no other; its table says the severity", () => {
  const chapters = [...RUNBOOK.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  assert.deepEqual(
    chapters,
    ALERTS.map(({ id }) => id),
  );
  for (const { id, severity } of ALERTS)
    assert.ok(
      RUNBOOK.includes(`| [${id}](#${id}) | ${severity === "critical" ? "critique" : "avertissement"} |`),
      id,
    );
});

test("MONITOR-04: what the two requirements name is told, at the limits that they name", () => {
  const limits = (id: string) => [byId(id).for, byId(id).fires];
  assert.deepEqual(limits("plane-api-down"), ["2m", { below: 1 }]);
  assert.deepEqual(byId("plane-postgresql-connections").fires, { above: 80 });
  assert.deepEqual(byId("plane-redis-memory").fires, { above: 80 });
  assert.deepEqual(byId("plane-queue-backlog").fires, { above: 100 });
  for (const id of [
    "plane-api-down",
    "plane-postgresql-connections",
    "plane-redis-memory",
    "plane-queue-backlog",
  ])
    assert.equal(byId(id).severity, "critical");
});

test("MONITOR-04: every alert says in a sentence what is wrong and in another what to do, each once", () => {
  for (const { id, summary, action } of ALERTS) {
    assert.match(id, /^plane-[a-z-]+$/);
    assert.match(summary, /^[\p{Lu}{]/u, id);
    assert.ok(action.endsWith("."), `${id}: ${action}`);
    // Telegram reads HTML, and whose template it is decides whether that is escaped.
    assert.doesNotMatch(`${summary} ${action}`, /[<>&]/, id);
  }
  assert.equal(new Set(ALERTS.map(({ id }) => id)).size, ALERTS.length);
  assert.equal(new Set(ALERTS.map(({ summary }) => summary)).size, ALERTS.length);
});

test("MONITOR-04: a value is named only where there is one when the alert fires", () => {
  for (const { id, noData, summary } of ALERTS)
    assert.ok(noData === "well" || !summary.includes("{value}"), id);
});

test("MONITOR-04: a query without data is well or as bad as the alert, chosen for each; an error is told as one", () => {
  const states = ALERTS.map((alert) => grafanaRule(alert, ROUTE));
  assert.deepEqual(
    states.filter(({ noDataState }) => noDataState === "Alerting").map(({ name }) => name),
    ["plane-backup-stale"],
  );
  assert.ok(
    states.every(({ noDataState, execErrState }) => noDataState !== "NoData" && execErrState === "Error"),
  );
});

test("MONITOR-01: Grafana, Prometheus and vmalert are given the same query, limit, duration and words", () => {
  const alert = byId("plane-queue-backlog");
  const rule = grafanaRule(alert, ROUTE);
  const [query, threshold] = rule.datas.map(({ model }) => JSON.parse(model) as Record<string, unknown>);
  assert.equal(query?.["expr"], alert.query);
  assert.deepEqual(threshold?.["conditions"], [{ evaluator: { params: [100], type: "gt" } }]);
  assert.equal(rule.for, "2m");
  const prometheus = prometheusRules([{ name: "one", alerts: [alert] }], ROUTE.runbookUrl);
  assert.ok(prometheus.includes(`expr: (${alert.query}) > 100`));
  assert.ok(prometheus.includes("for: 2m") && prometheus.includes(alert.action));
});

test("MONITOR-04: value and labels stand in the words as each evaluator's language has it", () => {
  const oom = annotations(byId("plane-container-oom"), "https://git.example.org/runbooks", "V");
  assert.equal(oom.summary, "{{ $labels.name }} a été tué par le noyau, faute de mémoire");
  assert.equal(oom.runbook_url, "https://git.example.org/runbooks/alerts.md#plane-container-oom");
  assert.match(annotations(byId("plane-redis-memory"), "", "V").summary, /utilise V %/);
});

test("MONITOR-04: every rule is looked at often enough for the shortest duration, in steps that Grafana takes", () => {
  assert.equal(EVERY_SECONDS % 10, 0);
  assert.ok(EVERY_SECONDS <= 30);
});
