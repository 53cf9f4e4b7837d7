import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { LogQueries } from "../logQueries.ts";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function started(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Sous-agents lancés",
    description: "En une heure, par agent qui les lance (OPENCLAW-UPG-11).",
    unit: "none",
    asks: [metric(q.spawnsByAgent, "{{agent}}")],
    logs: logs.spawns,
  });
}

export function ended(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Fin des sous-agents",
    description: "En une heure, par issue : ok, error (échec) ou timeout (OPENCLAW-UPG-11).",
    unit: "none",
    asks: [metric(q.spawnEndsByOutcome, "{{outcome}}")],
    logs: logs.spawns,
  });
}

export function duration(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Durée des sous-agents",
    description:
      "P95 et médiane sur une heure ; un sous-agent est arrêté après 30 minutes (OPENCLAW-UPG-11).",
    unit: "s",
    asks: [metric(q.spawnSeconds(0.95), "P95"), metric(q.spawnSeconds(0.5), "médiane")],
    limits: { warning: 900, critical: 1800 },
    logs: logs.spawns,
  });
}

export function running(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Sous-agents en cours",
    description: "Lancés et pas finis ; cinq au plus à la fois, les autres attendent (OPENCLAW-UPG-12).",
    unit: "none",
    asks: [metric(q.spawnsRunning, "en cours")],
    limits: { warning: 4, critical: 5 },
  });
}
