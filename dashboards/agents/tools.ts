import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { LogQueries } from "../logQueries.ts";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function callsByAgent(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Appels d'outils par agent",
    description: "Par minute ; chaque agent a droit à un appel par seconde vers Plane.",
    unit: "cpm",
    asks: [metric(q.toolCallsByAgent, "{{agent}}")],
    limits: { warning: 50, critical: 60 },
    logs: logs.gateway,
  });
}

export function callsByOutcome(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Appels d'outils par issue",
    description: "Par minute : ok, refused (refusé), transient (à réessayer) ou failed (échec).",
    unit: "cpm",
    asks: [metric(q.toolCallsByOutcome, "{{outcome}}")],
    logs: logs.gateway,
  });
}

export function duration(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Durée des outils, P95",
    description: "Attente du rythme de l'agent comprise.",
    unit: "s",
    asks: [metric(q.toolSeconds, "{{tool}}")],
    limits: { warning: 5, critical: 30 },
    logs: logs.gateway,
  });
}
