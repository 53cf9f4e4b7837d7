import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { LogQueries } from "../logQueries.ts";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, log, metric } from "../panel.ts";

export function requestsPerSecond(logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Requêtes par seconde",
    description: "D'après les journaux de l'api, agents compris ; par classe de réponse (MONITOR-03).",
    unit: "reqps",
    asks: [log(logs.requestsByClass, "{{class}}")],
    logs: logs.api,
  });
}

export function latency(logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Latence P95",
    description: "95 requêtes sur 100 sont plus rapides ; la médiane à côté (MONITOR-03).",
    unit: "ms",
    asks: [log(logs.requestMilliseconds(0.95), "P95"), log(logs.requestMilliseconds(0.5), "médiane")],
    limits: { warning: 500, critical: 2000 },
    logs: logs.api,
  });
}

export function failedRequests(logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Erreurs de l'api",
    description: "Part des réponses 5xx.",
    unit: "percent",
    asks: [log(logs.failedPercent, "5xx")],
    limits: { warning: 1, critical: 5 },
    logs: logs.errors,
  });
}

export function probes(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Durée des sondes",
    description: "Ce que chaque sonde met à obtenir sa réponse.",
    unit: "s",
    asks: [metric(q.probeSeconds, "{{probe}}")],
    limits: { warning: 2, critical: 5 },
  });
}
