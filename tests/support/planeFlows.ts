import { randomBytes } from "node:crypto";
import { AGENTS } from "../../agents.ts";
import type { N8nApi } from "../../providers/n8n/client.ts";
import * as credential from "../../providers/n8n/credential.ts";
import * as dataTable from "../../providers/n8n/dataTable.ts";
import * as workflow from "../../providers/n8n/workflow.ts";
import type { FlowArgs, TableName } from "../../workflows/args.ts";
import { FLOWS, type FlowName } from "../../workflows/index.ts";
import type { Credential, Workflow } from "../../workflows/n8n/workflow.ts";
import { TABLES } from "../../workflows/tables.ts";
import type { N8n } from "./n8n.ts";
import { Telegram } from "./telegram.ts";

export interface FlowsAround {
  n8n: N8n;
  telegram: Telegram;
  redis: { port: number; password: string };
  /** Base of Plane's API. */
  planeApi: string;
  bridge?: string;
  /** Schedules stay as they are; else they come every five seconds. */
  asDeployed: boolean;
}

interface Deployed {
  bot: Credential;
  webhookSecret: string;
  eventsSecret: string;
  telegramSecret: string;
}

/** The flows on a real n8n, put there by the providers, with the secrets that sign. */
export async function deployFlows(around: FlowsAround): Promise<Deployed> {
  const { n8n, telegram, redis, planeApi, bridge } = around;
  const api: N8nApi = { url: n8n.url, apiKey: n8n.apiKey };
  const secret = () => randomBytes(24).toString("hex");
  const [webhookSecret, eventsSecret, internal, telegramSecret] = [secret(), secret(), secret(), secret()];
  const made = async (name: string, type: string, data: Record<string, unknown>): Promise<Credential> => {
    const inputs = {
      api,
      name: `plane-ops ${name}`,
      type,
      data: data as Record<string, string>,
      untouched: true,
    };
    return { id: (await credential.create(inputs)).id, name: inputs.name };
  };
  const tables = Object.fromEntries(
    await Promise.all(
      Object.entries(TABLES).map(async ([table, shape]) => [
        table,
        (await dataTable.create({ api, ...shape })).id,
      ]),
    ),
  ) as Record<TableName, string>;
  const args: FlowArgs = {
    credentials: {
      webhook: await made("webhook", "crypto", { hmacSecret: webhookSecret }),
      bot: await made("bot", "telegramApi", {
        accessToken: Telegram.TOKEN,
        baseUrl: `http://127.0.0.1:${telegram.port}`,
      }),
      plane: await made("plane", "httpHeaderAuth", { name: "X-Api-Key", value: "plane_api_test" }),
      redis: await made("redis", "redis", { host: "127.0.0.1", database: 0, user: "", ssl: false, ...redis }),
      telegramSecret: await made("telegram secret token", "httpHeaderAuth", {
        name: "X-Telegram-Bot-Api-Secret-Token",
        value: telegramSecret,
      }),
      internal: await made("internal", "httpHeaderAuth", { name: "X-Plane-Ops", value: internal }),
    },
    tables,
    chat: "4242",
    commandChats: ["4242"],
    alertChat: "4343",
    planeApi,
    ...(bridge !== undefined && {
      bridge: { url: bridge, secret: await made("events", "crypto", { hmacSecret: eventsSecret }) },
    }),
    itself: `${n8n.url}/webhook/`,
    edgeLimit: false,
    settings: {
      planeUrl: "https://work.example.org",
      workspace: "javisi",
      agents: AGENTS.map(({ agentId, displayName }) => ({ agentId, displayName })),
      timeZone: "Europe/Paris",
    },
  };
  const deploy = async (text: Workflow): Promise<string> =>
    (await workflow.create({ api, workflow: around.asDeployed ? text : often(text), active: true })).id;
  const ids = {} as Record<FlowName, string>;
  for (const { name, render } of FLOWS) ids[name] = await deploy(render(args, ids));
  return { bot: args.credentials.bot, webhookSecret, eventsSecret, telegramSecret };
}

/** The same flow, with its schedules every five seconds. */
function often(text: Workflow): Workflow {
  const rule = { interval: [{ field: "seconds", secondsInterval: 5 }] };
  const nodes = text.nodes.map((node) =>
    node.type === "n8n-nodes-base.scheduleTrigger" ? { ...node, parameters: { rule } } : node,
  );
  return text.name === "plane-digest" ? text : { ...text, nodes };
}
