import { stringify } from "yaml";
import { type Alert, annotations } from "../../dashboards/alerts/alert.ts";
import { type AlertGroup, EVERY_SECONDS } from "../../dashboards/alerts/index.ts";

/**
 * Alerts as rules that promtool and vmalert read: the same query, threshold, duration and words as Grafana's.
 * @param every seconds from one evaluation to the next.
 */
export function prometheusRules(
  groups: AlertGroup[],
  runbookUrl: string,
  every: number = EVERY_SECONDS,
): string {
  return stringify(
    {
      groups: groups.map(({ name, alerts }) => ({
        name,
        interval: `${every}s`,
        rules: alerts.map((alert) => ({
          alert: alert.id,
          expr: prometheusExpression(alert),
          for: alert.for,
          labels: { service: "plane", severity: alert.severity },
          annotations: annotations(alert, runbookUrl, '{{ printf "%.0f" $value }}'),
        })),
      })),
    },
    { lineWidth: 0 },
  );
}

/** Prometheus knows no state for "no data": where that is as bad as the alert, the expression says so. */
function prometheusExpression({ query, fires, noData }: Alert): string {
  const compared = "above" in fires ? `(${query}) > ${fires.above}` : `(${query}) < ${fires.below}`;
  return noData === "fires" ? `${compared} or absent(${query})` : compared;
}
