import type { Watched } from "../watched.ts";
import { agentAlerts } from "./agents.ts";
import type { Alert } from "./alert.ts";
import { backupAlerts } from "./backups.ts";
import { planeAlerts } from "./plane.ts";
import { platformAlerts } from "./platform.ts";

/** Alerts that are evaluated together, in a rule group of this name. */
export interface AlertGroup {
  name: string;
  alerts: Alert[];
}

/** Seconds from one evaluation to the next: two of them fit into the shortest `for`. */
export const EVERY_SECONDS = 30;

/** All alerts of a stack, in a fixed order. */
export function alertGroups(watched: Watched): AlertGroup[] {
  const { openclaw, backup } = watched.has;
  return [
    { name: "plane-ops plane", alerts: planeAlerts(watched) },
    { name: "plane-ops platform", alerts: platformAlerts(watched) },
    ...(openclaw ? [{ name: "plane-ops agents", alerts: agentAlerts(watched) }] : []),
    ...(backup ? [{ name: "plane-ops backups", alerts: backupAlerts(watched) }] : []),
  ];
}
