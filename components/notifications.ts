import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  type Resource,
  secret,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { AGENTS } from "../agents.ts";
import type { NotificationSettings, PlaneOpsConfig } from "../config.ts";
import type { N8nApi } from "../providers/n8n/client.ts";
import type { FlowArgs, TableName } from "../workflows/args.ts";
import { FLOWS, type FlowName } from "../workflows/index.ts";
import { TABLES } from "../workflows/tables.ts";
import { N8nCredential } from "./n8n/credential.ts";
import { N8nDataTable } from "./n8n/dataTable.ts";
import { N8nWorkflow } from "./n8n/workflow.ts";

export interface NotificationsArgs {
  config: PlaneOpsConfig;
  settings: NotificationSettings;
  /** Secret. */
  api: Input<N8nApi>;
  /** What Plane signs its deliveries with. */
  webhookSecret: Input<string>;
  /** Token of n8n's own account. */
  planeToken: Input<string>;
  /** Where people open Plane. */
  planeUrl: string;
  /** Where n8n reaches Plane's API. */
  planeApi: string;
  redis: { hostname: string; password: Input<string> };
  /** What signs words to the bridge; absent without a gateway. */
  eventsSecret?: Input<string>;
}

type Credentials = FlowArgs["credentials"];
type CredentialName = keyof Credentials | "events";

/** Names in n8n; a node carries its credential's name too, and n8n puts the right one there. */
const NAMES: Record<CredentialName, string> = {
  webhook: "webhook signature",
  events: "events signature",
  bot: "telegram",
  plane: "plane",
  redis: "redis",
  internal: "internal",
  telegramSecret: "telegram secret token",
};

/** n8n's flows between Plane and Telegram, with what they know and remember (NOTIF-02 to NOTIF-08). */
export class Notifications extends ComponentResource {
  /** What Telegram has to say with each update that it delivers, for `setWebhook`. */
  readonly telegramSecretToken: Output<string>;
  private readonly args: NotificationsArgs;

  constructor(name: string, args: NotificationsArgs, options?: ComponentResourceOptions) {
    super("planeops:notifications:Notifications", name, {}, options);
    this.args = args;

    this.telegramSecretToken = this.made("telegram-secret-token");
    const credentials = this.credentials();
    const tables = this.tables();
    this.workflows(credentials, tables, this.bridgeSecret());

    this.registerOutputs();
  }

  private credentials(): Record<keyof Credentials, N8nCredential> {
    const { webhookSecret, planeToken, redis, settings, config } = this.args;
    return {
      webhook: this.credential("webhook", "crypto", { hmacSecret: webhookSecret }),
      bot: this.credential("bot", "telegramApi", {
        accessToken: settings.telegramToken,
        baseUrl: settings.telegramUrl,
      }),
      plane: this.credential("plane", "httpHeaderAuth", { name: "X-Api-Key", value: planeToken }),
      redis: this.credential("redis", "redis", {
        ...{ host: redis.hostname, port: 6379, user: "", ssl: false },
        ...{ database: config.redisDatabases.cache, password: redis.password },
      }),
      internal: this.credential("internal", "httpHeaderAuth", {
        name: "X-Plane-Ops",
        value: this.made("n8n-internal-token"),
      }),
      telegramSecret: this.credential("telegramSecret", "httpHeaderAuth", {
        name: "X-Telegram-Bot-Api-Secret-Token",
        value: this.telegramSecretToken,
      }),
    };
  }

  /** What signs words to the bridge, where somebody listens. */
  private bridgeSecret(): N8nCredential | undefined {
    const { eventsSecret } = this.args;
    if (eventsSecret === undefined) return undefined;
    return this.credential("events", "crypto", { hmacSecret: eventsSecret });
  }

  private credential(
    which: CredentialName,
    type: string,
    data: Record<string, Input<unknown>>,
  ): N8nCredential {
    const name = `n8n-credential-${NAMES[which].replaceAll(" ", "-")}`;
    const args = { api: this.args.api, name: nameOf(which), type, data: output(data) };
    return new N8nCredential(name, args as ConstructorParameters<typeof N8nCredential>[1], { parent: this });
  }

  private tables(): Record<TableName, N8nDataTable> {
    const { api } = this.args;
    const table = (name: TableName) =>
      new N8nDataTable(`n8n-table-${name}`, { api, ...TABLES[name] }, { parent: this });
    return { inbox: table("inbox"), items: table("items"), marks: table("marks"), outbox: table("outbox") };
  }

  private workflows(
    credentials: Record<keyof Credentials, N8nCredential>,
    tables: Record<TableName, N8nDataTable>,
    bridgeSecret: N8nCredential | undefined,
  ): void {
    const { api, settings } = this.args;
    const args = all([idsOf(credentials), idsOf(tables), output(bridgeSecret?.id)]).apply(
      ([credentialIds, tableIds, bridgeSecretId]) => this.flowArgs(credentialIds, tableIds, bridgeSecretId),
    );
    const made: Partial<Record<FlowName, N8nWorkflow>> = {};
    for (const { name, calls, render } of FLOWS) {
      if (name === "digest" && !settings.digest) continue;
      const called = Object.fromEntries(calls.map((each) => [each, made[each]?.id ?? ""]));
      const workflow = all([args, output(called)]).apply(([flowArgs, ids]) =>
        render(flowArgs, ids as Record<FlowName, string>),
      );
      made[name] = new N8nWorkflow(`n8n-workflow-${name}`, { api, workflow }, { parent: this });
    }
  }

  private flowArgs(
    credentialIds: Record<keyof Credentials, string>,
    tables: Record<TableName, string>,
    bridgeSecret: string | undefined,
  ): FlowArgs {
    const { config, settings, planeUrl, planeApi } = this.args;
    const { slug } = config.workspace;
    const credentials = Object.fromEntries(
      Object.entries(credentialIds).map(([name, id]) => [
        name,
        { id, name: nameOf(name as keyof Credentials) },
      ]),
    ) as Credentials;
    return {
      credentials,
      tables,
      chat: settings.chat,
      commandChats: settings.commandChats,
      alertChat: settings.alertChat,
      ...(config.agents.budget !== undefined && { budget: config.agents.budget }),
      planeApi: `${planeApi}/api/v1/workspaces/${slug}/`,
      ...(bridgeSecret !== undefined && {
        bridge: {
          url: "http://openclaw:18789/plane-bridge/",
          secret: { id: bridgeSecret, name: nameOf("events") },
        },
      }),
      itself: "http://127.0.0.1:5678/webhook/",
      edgeLimit: config.rateLimitModule,
      settings: {
        planeUrl,
        workspace: slug,
        agents: AGENTS.map(({ agentId, displayName }) => ({ agentId, displayName })),
        timeZone: settings.timeZone,
      },
    };
  }

  private made(name: string): Output<string> {
    return secret(new RandomPassword(name, { length: 48, special: false }, { parent: this }).result);
  }
}

function nameOf(which: CredentialName): string {
  return `plane-ops ${NAMES[which]}`;
}

function idsOf<Name extends string>(resources: Record<Name, Resource & { id: Output<string> }>) {
  const ids = Object.entries<Resource & { id: Output<string> }>(resources).map(([name, { id }]) => [
    name,
    id,
  ]);
  return output(Object.fromEntries(ids) as Record<Name, Output<string>>) as Output<Record<Name, string>>;
}
