import type { PlaneOpsConfig } from "../config.ts";
import type { Webhook } from "../providers/plane/resources/webhook.ts";
import { Agents, accessByAccount } from "./agents.ts";
import type { Deployment } from "./deployment.ts";
import { Onboarding } from "./onboarding.ts";
import { accountsOf } from "./plane/accounts.ts";
import { PlaneWorkspace } from "./planeWorkspace.ts";
import { retireTokens } from "./retiredTokens.ts";

/** What lives inside Plane, as far as others need it. */
export interface Inside {
  agents: Agents;
  webhook: Webhook;
}

/** Everything that lives inside a running Plane: workspace, people, tokens, webhook, the example project. */
export function reconcileInside(config: PlaneOpsConfig, deployment: Deployment): Inside {
  const accounts = accountsOf(config);
  const access = accessByAccount(config, config.planeUrl ?? deployment.url, accounts);

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
  retireTokens(agents, access, onboarding);

  return { agents, webhook };
}
