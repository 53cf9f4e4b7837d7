import type { Plugin } from "../plugin.ts";
import type { PackageSchema } from "../schema.ts";
import schemaJson from "../schemas/grafana.json" with { type: "json" };
import { serve } from "../serve.ts";
import { configureGrafana } from "./api.ts";
import { dashboards } from "./dashboard.ts";
import { getFolder } from "./folder.ts";
import { ruleGroups } from "./ruleGroup.ts";

const plugin: Plugin = {
  schema: schemaJson as unknown as PackageSchema,
  // The schema is 2.38.0's; of what is done here the SDK's 2.40.0 has the same inputs.
  version: "2.40.0",
  configure: configureGrafana,
  functions: { "grafana:oss/getFolder:getFolder": getFolder },
  resources: {
    "grafana:alerting/ruleGroup:RuleGroup": ruleGroups,
    "grafana:oss/dashboard:Dashboard": dashboards,
  },
};

void serve(plugin);
