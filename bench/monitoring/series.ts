import { AGENTS } from "../../agents.ts";
import { TOOLS } from "../../skills/plane-bridge/tools/index.ts";
import { seeded } from "../../tests/support/seeded.ts";

/** One series, and its value at the n-th point. */
export interface Series {
  metric: Record<string, string>;
  value: (index: number) => number;
}

const agent = AGENTS.map(({ agentId }) => agentId);
const outcome = ["ok", "error", "timeout"];
const tool = TOOLS.map(({ name }) => name);
const le = ["0.1", "0.5", "1", "2", "5", "10", "30", "60", "+Inf"];

/** Labels beside those that a selector names, as the real exporters give them. */
const LABELS: [metrics: RegExp, labels: Record<string, string[]>][] = [
  [
    /^container_/,
    {
      name: ["api", "worker", "web", "admin", "minio", "vmagent", "backup"]
        .map((part) => `javisi_plane_${part}`)
        .concat("javisi_openclaw"),
    },
  ],
  [/^pg_stat_activity_count/, { datname: ["plane_production", "litellm", "n8n"], state: ["active", "idle"] }],
  [/^pg_locks_count/, { mode: ["accesssharelock", "rowexclusivelock", "exclusivelock"] }],
  [/^redis_db_keys/, { db: ["db0", "db1", "db8", "db9"] }],
  [/^probe_duration_seconds/, { probe: ["api", "api_authenticated", "web", "webhook", "certificate"] }],
  [/^plane_bridge_tool_calls/, { agent, tool, outcome }],
  [/^plane_bridge_tool_duration_seconds_bucket/, { tool, le }],
  [/^plane_bridge_spawn_duration_seconds_bucket/, { agent, le }],
  [/^plane_bridge_(spawn_outcomes|polls)_total/, { agent, outcome }],
  [/^plane_bridge_tasks/, { agent, status: ["todo", "in_progress", "blocked"] }],
  [/^plane_bridge_wakes/, { agent, reason: ["poll", "event", "concierge", "failed_dependency", "left"] }],
  [/^plane_bridge_(spawns_total|confidence|cost)/, { agent }],
];

/** Series for each selector, each once: counters that grow, and figures that wander. */
export function seriesOf(selectors: readonly string[]): Series[] {
  const metrics = new Map<string, Record<string, string>>();
  for (const selector of selectors)
    for (const metric of metricsOf(selector)) metrics.set(JSON.stringify(metric), metric);
  return [...metrics.values()].map((metric, seed) => ({ metric, value: curve(metric, seed) }));
}

function metricsOf(selector: string): Record<string, string>[] {
  const [, name = "", matchers = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(selector) ?? [];
  const named = [...matchers.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = "", value = ""]) => [
    label,
    value,
  ]);
  const [, more = {}] = LABELS.find(([metrics]) => metrics.test(name)) ?? [];
  let all: Record<string, string>[] = [{ ...Object.fromEntries(named), __name__: name }];
  for (const [label, values] of Object.entries(more).filter(([key]) => !named.some(([own]) => own === key)))
    all = all.flatMap((metric) => values.map((value) => ({ ...metric, [label]: value })));
  return all;
}

function curve({ __name__ = "" }: Record<string, string>, seed: number): (index: number) => number {
  const next = seeded(seed + 1);
  if (!/_(total|bucket)$/.test(__name__)) return () => Math.round(next() * 1000) / 10;
  let count = 0;
  return () => {
    count += next() < 0.1 ? 1 : 0;
    return count;
  };
}
