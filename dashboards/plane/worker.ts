import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { LogQueries } from "../logQueries.ts";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function queue(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "File du worker",
    description:
      "Travaux qui attendent dans Redis ; au-dessus de 100, le worker ne suit plus (MONITOR-03, MONITOR-04).",
    unit: "none",
    asks: [metric(q.queue, "en attente")],
    limits: { warning: 50, critical: 100 },
    logs: logs.worker,
  });
}

export function beat(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Planificateur",
    description: "Temps depuis la dernière tâche périodique ; il y en a une toutes les cinq minutes.",
    unit: "s",
    asks: [metric(q.beatAge, "depuis la dernière")],
    limits: { warning: 600, critical: 900 },
    logs: logs.worker,
  });
}
