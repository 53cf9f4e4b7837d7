import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  secret,
} from "@pulumi/pulumi";
// The package's index loads every resource that it has, which takes seconds.
import { RuleGroup } from "@pulumiverse/grafana/alerting/ruleGroup.js";
import { Dashboard } from "@pulumiverse/grafana/oss/dashboard.js";
import { getFolderOutput } from "@pulumiverse/grafana/oss/getFolder.js";
import { Provider } from "@pulumiverse/grafana/provider.js";
import { agentsDashboard } from "../../dashboards/agents/dashboard.ts";
import { grafanaRule } from "../../dashboards/alerts/grafana.ts";
import { alertGroups, EVERY_SECONDS } from "../../dashboards/alerts/index.ts";
import { dashboardJson } from "../../dashboards/json.ts";
import { planeDashboard } from "../../dashboards/plane/dashboard.ts";
import type { Watched } from "../../dashboards/watched.ts";

export interface GrafanaViewsArgs {
  /** Where the program reaches Grafana, without a slash at the end. */
  url: string;
  /** Secret; a service account's token with the role Editor. */
  auth: Input<string>;
  /** Title of the folder that takes dashboards and rules; it exists already, and stays. */
  folder: string;
  /** Name of the contact point that alerts go to; it exists already, and stays. */
  contactPoint: string;
  /** Where docs/runbooks can be read, without a slash at the end. */
  runbookUrl: string;
  /** What there is to show and to tell. */
  watched: Watched;
}

/**
 * Dashboards and alert rules in a Grafana that others use too (MONITOR-03, MONITOR-04). Every rule names the contact
 * point itself: the tree of notification policies is the platform's, and is never sent.
 */
export class GrafanaViews extends ComponentResource {
  constructor(name: string, args: GrafanaViewsArgs, options?: ComponentResourceOptions) {
    super("planeops:monitoring:GrafanaViews", name, {}, options);

    const provider = new Provider("grafana", { url: args.url, auth: secret(args.auth) }, { parent: this });
    const folder = getFolderOutput({ title: args.folder }, { parent: this, provider }).uid;
    this.dashboards(args.watched, folder, provider);
    this.rules(args, folder, provider);

    this.registerOutputs();
  }

  private dashboards(watched: Watched, folder: Output<string>, provider: Provider): void {
    const dashboards = {
      plane: planeDashboard(watched),
      ...(watched.has.openclaw && { agents: agentsDashboard(watched) }),
    };
    for (const [name, dashboard] of Object.entries(dashboards)) {
      const args = {
        folder,
        configJson: dashboardJson(dashboard),
        // Its uid is ours: one that is there already was made by an earlier state of this stack.
        overwrite: true,
      };
      new Dashboard(`dashboard-${name}`, args, { parent: this, provider });
    }
  }

  private rules(args: GrafanaViewsArgs, folderUid: Output<string>, provider: Provider): void {
    for (const { name, alerts } of alertGroups(args.watched)) {
      const rules = alerts.map((alert) => grafanaRule(alert, args));
      const group = { name, folderUid, intervalSeconds: EVERY_SECONDS, rules };
      new RuleGroup(`alerts-${name.split(" ").at(-1)}`, group, { parent: this, provider });
    }
  }
}
