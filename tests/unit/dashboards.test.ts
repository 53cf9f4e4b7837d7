import assert from "node:assert/strict";
import { test } from "node:test";
import { agentsDashboard } from "../../dashboards/agents/dashboard.ts";
import { exploreLogs } from "../../dashboards/explore.ts";
import { dashboardJson } from "../../dashboards/json.ts";
import { planeDashboard } from "../../dashboards/plane/dashboard.ts";
import { LOGS, METRICS } from "../../dashboards/sources.ts";
import { watched } from "../../dashboards/watched.ts";
import { EVERYTHING } from "../support/everythingWatched.ts";
import { metricsUsed, misunderstood, panelsOf, queriesAsked, streamsUsed } from "../support/queriesAsked.ts";

const DASHBOARDS = [planeDashboard(EVERYTHING), agentsDashboard(EVERYTHING)];
const PANELS = DASHBOARDS.flatMap(panelsOf);
const NOTHING = watched("other", {
  openclaw: false,
  notifications: false,
  backup: false,
  certificate: false,
});

test("MONITOR-03: every query of a panel and of an alert is one in its language, by that language's grammar", () => {
  const asked = queriesAsked(EVERYTHING);
  assert.ok(asked.length > 60, `${asked.length} queries`);
  assert.deepEqual(
    asked
      .map((each) => ({ ...each, misunderstood: misunderstood(each) }))
      .filter((each) => each.misunderstood.length),
    [],
  );
});

test("MONITOR-03: the grammars see what is wrong with a query", () => {
  assert.deepEqual(misunderstood({ language: "promql", expr: 'max(up{job="a"}) +' }), [""]);
  assert.notDeepEqual(misunderstood({ language: "logql", expr: '{container="a"} |' }), []);
});

test("MONITOR-03: Plane's dashboard shows requests a second, P95, queue depth, connections, CPU and memory by container", () => {
  const titles = panelsOf(planeDashboard(EVERYTHING)).map(({ title }) => title);
  for (const title of [
    "Requêtes par seconde",
    "Latence P95",
    "Erreurs de l'api",
    "File du worker",
    "Connexions à PostgreSQL",
    "CPU par conteneur",
    "Mémoire par conteneur",
    "Webhooks désactivés",
    "Dernière sauvegarde",
  ])
    assert.ok(titles.includes(title), title);
});

test("OPENCLAW-UPG-11: the agents' dashboard shows how many are spawned, how many fail, and their P95 duration", () => {
  const queries = queriesAsked(EVERYTHING)
    .filter(({ by }) => by.startsWith("Agents OpenClaw"))
    .map(({ expr }) => expr);
  assert.ok(queries.some((expr) => /increase\(plane_bridge_spawns_total/.test(expr)));
  assert.ok(queries.some((expr) => /plane_bridge_spawn_outcomes_total/.test(expr)));
  assert.ok(
    queries.some((expr) =>
      /^histogram_quantile\(0\.95, .*plane_bridge_spawn_duration_seconds_bucket/.test(expr),
    ),
  );
});

test("OPENCLAW-11: the agents' dashboard shows what active tasks cost, and what is spent against the budget", () => {
  const used = metricsUsed(EVERYTHING);
  for (const name of ["cost", "spent", "budget"])
    assert.ok(used.includes(`plane_bridge_${name}_dollars`), name);
});

test("MONITOR-03: every panel says in French what it shows, has a unit where it counts, and asks one pinned source", () => {
  for (const panel of PANELS) {
    assert.ok((panel.title ?? "").length > 2, JSON.stringify(panel.title));
    assert.match(panel.description ?? "", /[.!]$/, panel.title);
    if (panel.type !== "logs") assert.ok(panel.fieldConfig?.defaults.unit, panel.title);
    assert.ok([METRICS.uid, LOGS.uid].includes(panel.datasource?.uid ?? ""), panel.title);
    for (const target of panel.targets ?? [])
      assert.deepEqual(
        (target as unknown as { datasource: unknown }).datasource,
        panel.datasource,
        panel.title,
      );
  }
  const titles = DASHBOARDS.map((each) => panelsOf(each).map(({ title }) => title));
  for (const each of titles) assert.equal(new Set(each).size, each.length);
});

test("MONITOR-02: panels about what logs explain lead to those logs, over the same time", () => {
  const linked = PANELS.filter(({ links }) => (links ?? []).length > 0);
  assert.ok(linked.length >= 10, `${linked.length} panels`);
  const url = exploreLogs('{container="javisi_plane_api"} |= "a b"');
  assert.match(url, /"?\$\{__from\}/);
  const panes = new URL(`http://grafana${url}`).searchParams.get("panes") ?? "";
  const { logs } = JSON.parse(panes) as { logs: { queries: { expr: string }[]; range: object } };
  assert.equal(logs.queries[0]?.expr, '{container="javisi_plane_api"} |= "a b"');
  assert.deepEqual(logs.range, { from: "${__from}", to: "${__to}" });
});

test("MONITOR-03: a dashboard is the same text each time, its keys sorted and without what Grafana numbers", () => {
  for (const make of [planeDashboard, agentsDashboard]) {
    const text = dashboardJson(make(EVERYTHING));
    assert.equal(text, dashboardJson(make(EVERYTHING)));
    const parsed = JSON.parse(text) as Record<string, unknown> & { panels: Record<string, unknown>[] };
    assert.deepEqual(Object.keys(parsed), Object.keys(parsed).sort());
    assert.ok(
      !("id" in parsed) && !("version" in parsed) && parsed.panels.every((panel) => !("id" in panel)),
    );
    assert.match(String(parsed["uid"]), /^plane-ops-/);
  }
});

test("MONITOR-03: what a stack has not is neither shown nor asked", () => {
  const used = metricsUsed(NOTHING).join(" ");
  assert.doesNotMatch(used, /plane_bridge|plane_backup|probe_ssl/);
  assert.match(streamsUsed(NOTHING).join(" "), /other_plane_api/);
});
