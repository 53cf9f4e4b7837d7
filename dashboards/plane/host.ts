import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function diskFree(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Disque libre",
    description: "De l'hôte : où sont les conteneurs (docker) et les données de la plateforme (platform).",
    unit: "percent",
    asks: [metric(q.diskFreePercent, "{{disk}}")],
    limits: { warning: 20, critical: 10 },
  });
}
