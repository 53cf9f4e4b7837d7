/** Where a query is answered: a data source of Grafana's by its pinned uid (platform.md). */
export interface Source {
  type: "prometheus" | "loki";
  uid: string;
}

export const METRICS: Source = { type: "prometheus", uid: "VictoriaMetrics" };
export const LOGS: Source = { type: "loki", uid: "Loki" };
