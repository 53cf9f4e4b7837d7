/** When somebody is told: at once and again every four hours, or once a day. */
export type Severity = "critical" | "warning";

/** One alert: the one source of what Grafana, vmalert and promtool evaluate, and of what a person reads. */
export interface Alert {
  /** Of the rule, and the anchor of its chapter in docs/runbooks/alerts.md. */
  id: string;
  severity: Severity;
  /** PromQL; each series that it yields is an alert of its own. */
  query: string;
  /** The values that are not as they should be. */
  fires: { above: number } | { below: number };
  /** How long that has to last: minutes or seconds, like `2m`. */
  for: string;
  /**
   * What it means that there is no data: that all is well (a part that this moment is not there, and another alert that
   * sees to it), or that it is as bad as the alert itself.
   */
  noData: "well" | "fires";
  /** What is wrong: French, `{value}` for the query's value, rounded, and `{label}` for a label's. */
  summary: string;
  /** What to do first: French. */
  action: string;
}

/** What Grafana's and Prometheus' template languages call the value, which differs. */
export function filled(text: string, value: string): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === "value" ? value : `{{ $labels.${name} }}`,
  );
}
