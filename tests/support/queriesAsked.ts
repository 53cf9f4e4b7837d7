import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { parser as logql } from "@grafana/lezer-logql";
import { parser as promql } from "@prometheus-io/lezer-promql";
import { agentsDashboard } from "../../dashboards/agents/dashboard.ts";
import { alertGroups } from "../../dashboards/alerts/index.ts";
import { planeDashboard } from "../../dashboards/plane/dashboard.ts";
import { METRICS, type Source } from "../../dashboards/sources.ts";
import type { Watched } from "../../dashboards/watched.ts";

/** A query, and what asks it: `Plane, API` or `alert plane-api-down`. */
export interface Asked {
  by: string;
  language: "promql" | "logql";
  expr: string;
}

/** Every query that this stack's dashboards and alerts ask. */
export function queriesAsked(watched: Watched): Asked[] {
  const dashboards = [planeDashboard(watched), ...(watched.has.openclaw ? [agentsDashboard(watched)] : [])];
  return [
    ...dashboards.flatMap(askedBy),
    ...alertGroups(watched).flatMap(({ alerts }) =>
      alerts.map(({ id, query }) => ({ by: `alert ${id}`, language: "promql" as const, expr: query })),
    ),
  ];
}

/** Its panels, rows left out. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  return (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== "row");
}

function askedBy(dashboard: Dashboard): Asked[] {
  return panelsOf(dashboard).flatMap((panel) =>
    (panel.targets ?? []).map((target) => {
      const { datasource, expr } = target as unknown as { datasource: Source; expr: string };
      const language = datasource.uid === METRICS.uid ? ("promql" as const) : ("logql" as const);
      return { by: `${dashboard.title}, ${panel.title}`, language, expr };
    }),
  );
}

/** Where the language's own grammar does not understand a query: the text from there on. */
export function misunderstood({ language, expr }: Pick<Asked, "language" | "expr">): string[] {
  const found: string[] = [];
  (language === "promql" ? promql : logql).parse(expr).iterate({
    enter: ({ type, from }) => {
      if (type.isError) found.push(expr.slice(from));
    },
  });
  return found;
}

/**
 * What is read of VictoriaMetrics, each once and sorted: selectors like `redis_up{job="plane-redis"}`. A selector that
 * finds nothing in a running stack is a dead panel.
 */
export function selectorsUsed(watched: Watched): string[] {
  return unique(nodes(watched, "promql", "VectorSelector"));
}

/** Names of metrics that are read, each once and sorted. */
export function metricsUsed(watched: Watched): string[] {
  return unique(selectorsUsed(watched).map((selector) => /^\w+/.exec(selector)?.[0] ?? selector));
}

/** What is read of Loki: selectors of streams, each once and sorted. */
export function streamsUsed(watched: Watched): string[] {
  return unique(nodes(watched, "logql", "Selector"));
}

function nodes(watched: Watched, language: Asked["language"], node: string): string[] {
  return queriesAsked(watched)
    .filter((asked) => asked.language === language)
    .flatMap(({ expr }) => {
      const found: string[] = [];
      (language === "promql" ? promql : logql).parse(expr).iterate({
        enter: ({ name, from, to }) => {
          if (name === node) found.push(expr.slice(from, to));
        },
      });
      return found;
    });
}

function unique(texts: string[]): string[] {
  return [...new Set(texts)].sort();
}
