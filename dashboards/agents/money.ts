import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric, value } from "../panel.ts";

export function cost(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Coût estimé par agent",
    description: "Somme des cost_estimate de ses tâches actives (OPENCLAW-11).",
    unit: "currencyUSD",
    asks: [metric(q.costByAgent, "{{agent}}")],
  });
}

export function againstBudget(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Dépensé contre le budget",
    description: "Tâches terminées ce mois-ci, contre agents:budget (OPENCLAW-11).",
    unit: "currencyUSD",
    asks: [metric(q.spent, "dépensé"), metric(q.budget, "budget")],
  });
}

export function budgetPercent(q: MetricQueries): Builder<Panel> {
  return value({
    title: "Budget dépensé",
    description: "À 100 %, plus personne n'est réveillé pour du nouveau.",
    unit: "percent",
    asks: [metric(q.budgetPercent, "dépensé")],
    limits: { warning: 80, critical: 100 },
  });
}
