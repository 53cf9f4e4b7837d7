import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function diskFree(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Disque libre",
    description: "Les deux disques de l'hôte : celui de Docker (/) et celui de platform:root (/metrics).",
    unit: "percent",
    asks: [metric(q.diskFreePercent, "{{mountpoint}}")],
    limits: { warning: 20, critical: 10 },
  });
}
