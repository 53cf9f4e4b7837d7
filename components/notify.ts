import { type Output, secret } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { NotificationSettings, PlaneOpsConfig } from "../config.ts";
import { type N8nApi, SCOPES } from "../providers/n8n/client.ts";
import type { Deployment } from "./deployment.ts";
import type { Inside } from "./inside.ts";
import { N8nOwner } from "./n8n/owner.ts";
import { Notifications } from "./notifications.ts";

/** Notifications beside a Plane of this stack; their code is loaded by those only who have them. */
export function notify(
  config: PlaneOpsConfig,
  settings: NotificationSettings,
  deployment: Deployment,
  { agents, webhook, bridge }: Inside,
): Notifications | undefined {
  const { redis, url } = deployment;
  const token = agents.people.find(({ account }) => account.name === "n8n")?.token;
  if (redis === undefined || token === undefined) return undefined;
  return new Notifications("notifications", {
    config,
    settings,
    api: secret(settings.n8n ?? ownN8n(config, deployment)),
    webhookSecret: webhook.secret,
    planeToken: token.token,
    planeUrl: url,
    planeApi: "http://plane-api:8000",
    redis,
    // Without a gateway nobody would listen.
    ...(bridge && config.openclaw && { eventsSecret: bridge.eventsSecret }),
  });
}

/** The way into the n8n of this stack, whose owner is made without anybody at a keyboard. */
function ownN8n(config: PlaneOpsConfig, { n8n }: Deployment): Output<N8nApi> {
  const url = n8n?.url ?? "";
  const password = new RandomPassword("n8n-owner-password", {
    ...{ length: 32, special: false },
    // n8n asks for one of each.
    ...{ minUpper: 1, minLower: 1, minNumeric: 1 },
  });
  const owner = new N8nOwner(
    "n8n-owner",
    {
      url,
      email: config.adminEmail,
      password: password.result,
      label: `plane-ops ${config.stack}`,
      scopes: SCOPES,
    },
    { dependsOn: n8n?.ready ?? [] },
  );
  return owner.apiKey.apply((apiKey) => ({ url, apiKey }));
}
