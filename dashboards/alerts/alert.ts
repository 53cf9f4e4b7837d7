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

/**
 * What a person reads of an alert, whoever evaluates it.
 * @param runbookUrl where docs/runbooks can be read, without a slash at the end.
 * @param value what stands for the query's value in the evaluator's template language.
 */
export function annotations({ id, summary, action }: Alert, runbookUrl: string, value: string) {
  const filled = summary.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === "value" ? value : `{{ $labels.${name} }}`,
  );
  return { summary: filled, action, runbook_url: `${runbookUrl}/alerts.md#${id}` };
}
