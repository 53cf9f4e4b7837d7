import type { MonitoringSettings, PlaneOpsConfig } from "../config.ts";
import { LOGS, METRICS } from "../dashboards/sources.ts";
import { watched } from "../dashboards/watched.ts";
import { grafanaProblems } from "../providers/grafana/problems.ts";
import type { Deployment } from "./deployment.ts";
import { GrafanaViews } from "./monitoring/grafana.ts";

/** Where a reader of an alert finds the runbooks, when they are nowhere on the web: in this project. */
const RUNBOOKS = "docs/runbooks";

/** Dashboards and alert rules beside a Plane of this stack, where there is a Grafana; loaded by those only who have one. */
export function views(
  config: PlaneOpsConfig,
  { grafana, folder, contactPoint, runbookUrl = RUNBOOKS }: MonitoringSettings,
  { url }: Pick<Deployment, "url">,
): GrafanaViews | undefined {
  if (grafana === undefined) return undefined;
  return new GrafanaViews("grafana-views", {
    ...grafana,
    folder,
    contactPoint,
    runbookUrl,
    watched: watched(config.prefix, {
      openclaw: config.openclaw !== undefined,
      notifications: config.notifications !== undefined,
      backup: config.backup !== undefined,
      certificate: url.startsWith("https:"),
    }),
  });
}

/** What stands in the way of them, for the preview; empty without a Grafana. */
export async function viewProblems({ grafana, folder, contactPoint }: MonitoringSettings): Promise<string[]> {
  if (grafana === undefined) return [];
  return grafanaProblems({ ...grafana, folder, contactPoint, dataSources: [METRICS.uid, LOGS.uid] });
}
