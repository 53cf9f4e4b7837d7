import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { LogQueries } from "../logQueries.ts";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function wakes(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Réveils",
    description:
      "En une heure, par raison : poll (regard), event (webhook), concierge, dépendance échouée, laissé.",
    unit: "none",
    asks: [metric(q.wakesByReason, "{{reason}}")],
    logs: logs.gateway,
  });
}

export function polls(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return curves({
    title: "Regards",
    description: "Recherches de travail en une heure, par issue : ok, failed (échec) ou paused (en pause).",
    unit: "none",
    asks: [metric(q.pollsByOutcome, "{{outcome}}")],
    logs: logs.gateway,
  });
}
