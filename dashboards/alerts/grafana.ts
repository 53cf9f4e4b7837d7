import { METRICS } from "../sources.ts";
import { type Alert, annotations } from "./alert.ts";

/** Where alerts go, and where is written what to do. */
export interface AlertRoute {
  /** A contact point of Grafana's that exists already. */
  contactPoint: string;
  /** Where docs/runbooks can be read, without a slash at the end. */
  runbookUrl: string;
}

const QUERY = "A";
const CONDITION = "B";
const EXPRESSION = { type: "__expr__", uid: "__expr__" };

/**
 * An alert as a rule of Grafana's: the query and, apart from it, the threshold, so that a query without data is told
 * from a value that is well. It is routed by its own settings: the tree of notification policies is the platform's.
 */
export function grafanaRule(alert: Alert, route: AlertRoute) {
  return {
    name: alert.id,
    condition: CONDITION,
    for: alert.for,
    noDataState: alert.noData === "fires" ? "Alerting" : "OK",
    // A store of metrics that does not answer is told as such, once for all rules.
    execErrState: "Error",
    labels: { service: "plane", severity: alert.severity },
    annotations: annotations(alert, route.runbookUrl, '{{ printf "%.0f" $values.A.Value }}'),
    datas: [
      data(QUERY, METRICS.uid, 600, {
        datasource: METRICS,
        expr: alert.query,
        instant: true,
        range: false,
        refId: QUERY,
      }),
      data(CONDITION, EXPRESSION.uid, 0, {
        conditions: [{ evaluator: evaluator(alert.fires) }],
        datasource: EXPRESSION,
        expression: QUERY,
        refId: CONDITION,
        type: "threshold",
      }),
    ],
    notificationSettings: {
      contactPoint: route.contactPoint,
      groupBies: ["grafana_folder", "alertname"],
      groupWait: "30s",
      groupInterval: "5m",
      repeatInterval: alert.severity === "critical" ? "4h" : "1d",
    },
  };
}

function evaluator(fires: Alert["fires"]) {
  return "above" in fires ? { params: [fires.above], type: "gt" } : { params: [fires.below], type: "lt" };
}

function data(refId: string, datasourceUid: string, from: number, model: object) {
  return { refId, datasourceUid, relativeTimeRange: { from, to: 0 }, model: JSON.stringify(model) };
}
