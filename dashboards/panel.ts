import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  LegendDisplayMode,
  LegendPlacement,
  LogsSortOrder,
  ReduceDataOptionsBuilder,
  VizLegendOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  DashboardLinkBuilder,
  DashboardLinkType,
  MappingType,
  type Panel,
  type Threshold,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as LogsPanel } from "@grafana/grafana-foundation-sdk/logs";
import { DataqueryBuilder as LokiQuery } from "@grafana/grafana-foundation-sdk/loki";
import { DataqueryBuilder as PrometheusQuery } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatPanel } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeSeriesPanel } from "@grafana/grafana-foundation-sdk/timeseries";
import { exploreLogs } from "./explore.ts";
import { LOGS, METRICS, type Source } from "./sources.ts";

/** One question of a panel. */
export interface Ask {
  source: Source;
  expr: string;
  /** Name of its series, with `{{label}}` for a label's value. */
  legend: string;
}

/** A question to VictoriaMetrics. */
export const metric = (expr: string, legend: string): Ask => ({ source: METRICS, expr, legend });
/** A question to Loki. */
export const log = (expr: string, legend: string): Ask => ({ source: LOGS, expr, legend });

/** Where a value becomes orange, then red: upwards, or downwards where `critical` is the smaller one. */
export interface Limits {
  warning: number;
  critical: number;
}

/** What a panel shows. Texts are French: people of the platform read them. */
export interface View {
  title: string;
  /** What it means, and what to look at when it is not as it should be. */
  description: string;
  /** Grafana's name of a unit, like `s`, `bytes` or `percent`. */
  unit: string;
  asks: Ask[];
  limits?: Limits;
  /** LogQL of the lines that explain it: a link of the panel. */
  logs?: string;
}

/** Curves over time, a third of the dashboard wide. */
export function curves(view: View): Builder<Panel> {
  const panel = new TimeSeriesPanel()
    .title(view.title)
    .description(view.description)
    .unit(view.unit)
    .min(0)
    .height(8)
    .span(8)
    .datasource(sourceOf(view))
    .targets(view.asks.map((ask, index) => asked(ask, index)))
    .fillOpacity(8)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    );
  if (view.limits) panel.thresholds(thresholds(view.limits));
  if (view.logs) panel.links([logsLink(view.logs)]);
  return panel;
}

/** The newest value in large, an eighth of the dashboard wide. */
export function value(view: View, words: Record<string, string> = {}): Builder<Panel> {
  const panel = new StatPanel()
    .title(view.title)
    .description(view.description)
    .unit(view.unit)
    .height(4)
    .span(3)
    .datasource(sourceOf(view))
    .targets(view.asks.map((ask, index) => asked(ask, index)))
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false))
    .noValue("aucune donnée");
  if (Object.keys(words).length > 0) {
    const options = Object.fromEntries(Object.entries(words).map(([from, text]) => [from, { text }]));
    panel.mappings([{ type: MappingType.ValueToText, options }]);
  }
  if (view.limits) panel.thresholds(thresholds(view.limits));
  if (view.logs) panel.links([logsLink(view.logs)]);
  return panel;
}

/** Lines from Loki, over the dashboard's whole width. */
export function lines(view: Omit<View, "unit" | "limits">): Builder<Panel> {
  const panel = new LogsPanel()
    .title(view.title)
    .description(view.description)
    .height(9)
    .span(24)
    .datasource(LOGS)
    .targets(view.asks.map((ask, index) => asked(ask, index)))
    .showTime(true)
    .wrapLogMessage(true)
    .sortOrder(LogsSortOrder.Descending);
  if (view.logs) panel.links([logsLink(view.logs)]);
  return panel;
}

function asked({ source, expr, legend }: Ask, index: number): Builder<Dataquery> {
  const refId = String.fromCharCode("A".charCodeAt(0) + index);
  const query = source.type === "loki" ? new LokiQuery().queryType("range") : new PrometheusQuery().range();
  return query.datasource(source).expr(expr).legendFormat(legend).refId(refId);
}

/** All of a panel's questions go to one place. */
function sourceOf({ asks: [first] }: View): Source {
  return first?.source ?? METRICS;
}

function thresholds({ warning, critical }: Limits): Builder<ThresholdsConfig> {
  const steps: Threshold[] =
    critical >= warning
      ? [
          { value: null, color: "green" },
          { value: warning, color: "orange" },
          { value: critical, color: "red" },
        ]
      : [
          { value: null, color: "red" },
          { value: critical, color: "orange" },
          { value: warning, color: "green" },
        ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function logsLink(expr: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder("Journaux").type(DashboardLinkType.Link).url(exploreLogs(expr));
}
