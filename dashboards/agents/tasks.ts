import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function byState(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Tâches par agent et par état",
    description: "Vues au dernier regard de chaque agent.",
    unit: "none",
    asks: [metric(q.tasks, "{{agent}} {{status}}")],
  });
}

export function waiting(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "File par agent",
    description: "Tâches qui attendent : backlog et todo.",
    unit: "none",
    asks: [metric(q.tasksWaiting, "{{agent}}")],
  });
}

export function confidence(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Confiance",
    description: "Moyenne des tâches terminées de chaque agent ; sous 0,7 une personne relit (OPENCLAW-12).",
    unit: "none",
    asks: [metric(q.confidence, "{{agent}}")],
    limits: { warning: 0.8, critical: 0.7 },
  });
}
