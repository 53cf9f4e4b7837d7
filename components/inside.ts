import type { PlaneOpsConfig } from "../config.ts";
import type { Webhook } from "../providers/plane/resources/webhook.ts";
import { Agents, accessByAccount } from "./agents.ts";
import type { Deployment } from "./deployment.ts";
import { Onboarding } from "./onboarding.ts";
import type { Plugin } from "./openclaw/plugin.ts";
import { accountsOf, bridgeAccount } from "./plane/accounts.ts";
import { PlaneBridge } from "./planeBridge.ts";
import { PlaneWorkspace } from "./planeWorkspace.ts";
import { retireTokens } from "./retiredTokens.ts";

/** What lives inside Plane, as far as others need it. */
export interface Inside {
  agents: Agents;
  webhook: Webhook;
  bridge?: PlaneBridge;
}

/**
 * Everything that lives inside a running Plane: workspace, people, tokens, webhook, the example project; and the
 * agents' bridge to it, where there is one.
 */
export function reconcileInside(config: PlaneOpsConfig, deployment: Deployment, plugin?: Plugin): Inside {
  const accounts = accountsOf(config);
  // Nobody is ever deleted in Plane, so the bridge's password outlives a time without the bridge.
  const known = config.bridge ? accounts : [...accounts, bridgeAccount(config)];
  const access = accessByAccount(config, config.planeUrl ?? deployment.url, known);

  const workspace = new PlaneWorkspace(
    "workspace",
    { config, accounts, admin: access(accounts[0]), data: deployment.data },
    { dependsOn: deployment.ready },
  );
  const agents = new Agents("agents", { config, accounts, access, workspace });
  const webhook = workspace.webhook(config.webhookUrl ?? deployment.webhookUrl);
  const onboarding = config.onboarding
    ? [
        new Onboarding("onboarding", {
          access: agents.admin,
          adopt: config.adopt,
          workspace,
          people: agents.people,
          retain: config.protect,
        }),
      ]
    : [];
  const bridge =
    plugin && new PlaneBridge("plane-bridge", { config, accounts, agents, url: deployment.url, plugin });
  retireTokens(agents, access, [...onboarding, ...(bridge ? [bridge] : [])]);

  return { agents, webhook, ...(bridge && { bridge }) };
}
