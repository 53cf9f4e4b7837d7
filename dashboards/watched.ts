import { type LogQueries, logQueries } from "./logQueries.ts";
import { type MetricQueries, metricQueries } from "./metricQueries.ts";

/** What a stack has: what it has not is neither shown nor told. */
export interface Parts {
  /** The gateway of the agents. */
  openclaw: boolean;
  /** Flows in n8n that take Plane's webhooks. */
  notifications: boolean;
  /** Nightly backups. */
  backup: boolean;
  /** A site that is reached by https. */
  certificate: boolean;
}

/** What dashboards and alerts are made from. */
export interface Watched {
  metrics: MetricQueries;
  logs: LogQueries;
  has: Parts;
}

/** @param prefix of the containers' names, like `javisi`. */
export function watched(prefix: string, has: Parts): Watched {
  return { metrics: metricQueries(prefix), logs: logQueries(prefix), has };
}
