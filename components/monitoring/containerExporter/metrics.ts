import type { Usage } from "./engine.ts";

/** A metric under the name that cAdvisor gave it, which dashboards everywhere know. */
interface Metric {
  name: string;
  type: "counter" | "gauge";
  help: string;
  value: (usage: Usage) => number;
}

const OOM_KILLS = "container_oom_events_total";

/**
 * The text that Prometheus reads.
 * @param kills OOM kills by container, since this program's start.
 */
export function metricsText(usages: readonly Usage[], kills: ReadonlyMap<string, number>): string {
  const metrics: Metric[] = [
    {
      name: "container_cpu_usage_seconds_total",
      type: "counter",
      help: "CPU time used",
      value: ({ seconds }) => seconds,
    },
    {
      name: "container_memory_working_set_bytes",
      type: "gauge",
      help: "Memory without cache that can be given back",
      value: ({ workingSet }) => workingSet,
    },
    {
      name: "container_spec_memory_limit_bytes",
      type: "gauge",
      help: "Memory limit; the host's memory where there is none",
      value: ({ limit }) => limit,
    },
  ];
  const sorted = usages.toSorted((one, other) => one.name.localeCompare(other.name));
  // A container that is killed is not there for a while, and its kills count all the same.
  const killed = [...new Set([...sorted.map(({ name }) => name), ...kills.keys()])].sort();
  const lines = [
    ...metrics.flatMap(({ name, type, help, value }) => [
      ...heading(name, type, help),
      ...sorted.map((usage) => `${name}{name="${usage.name}"} ${value(usage)}`),
    ]),
    ...heading(OOM_KILLS, "counter", "Processes killed for want of memory"),
    ...killed.map((name) => `${OOM_KILLS}{name="${name}"} ${kills.get(name) ?? 0}`),
  ];
  return `${lines.join("\n")}\n`;
}

function heading(name: string, type: Metric["type"], help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
