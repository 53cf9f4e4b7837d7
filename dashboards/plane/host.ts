import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function diskFree(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Disque libre",
    description: "Du système de fichiers de l'hôte.",
    unit: "percent",
    asks: [metric(q.diskFreePercent, "libre")],
    limits: { warning: 20, critical: 10 },
  });
}
