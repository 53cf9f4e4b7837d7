import { getStack, log, output, secret } from "@pulumi/pulumi";
import { deployPlane, foundPlane } from "./components/deployment.ts";
import { reconcileInside } from "./components/inside.ts";
import { memoryMessage, memoryPlan } from "./components/memory.ts";
import { bridgePlugin } from "./components/openclaw/plugin.ts";
import { runOpenClaw } from "./components/openclaw/run.ts";
import { ready } from "./components/ready.ts";

const { config, openclaw } = await ready();
const plan = memoryPlan(config);
if (config.deploy) {
  const { text, warn } = memoryMessage(plan);
  await (warn ? log.warn(text) : log.info(text));
}

const deployment = config.deploy ? deployPlane(config) : foundPlane(config);
const inside = reconcileInside(config, deployment, await bridgePlugin(config));
const { agents, webhook, bridge } = inside;
const gateway = openclaw && bridge && (await runOpenClaw(config, openclaw, deployment, bridge));
const { notifications: notificationSettings } = config;
// The flows and what renders them are loaded by those only who have them.
const notifications =
  notificationSettings &&
  (await import("./components/notify.ts")).notify(config, notificationSettings, deployment, inside);
const backup =
  config.backup && (await import("./components/backup.ts")).backUp(config, config.backup, deployment);
if (config.monitoring) (await import("./components/monitor.ts")).monitor(config, deployment, inside);
if (config.monitoring?.grafana)
  (await import("./components/views.ts")).views(config, config.monitoring, deployment);
if (config.backup || config.monitoring) deployment.fleet?.wire("wiring-beside");

/** Where people open Plane. */
export const planeUrl = deployment.url;
/** Where Plane sends its webhooks, and what signs them: through the proxy in prod, straight to n8n in the embedded platform. */
export const webhookUrl = config.webhookUrl ?? deployment.webhookUrl;
export const webhookSecret = webhook.secret;
/** The workspace's page. */
export const workspaceUrl = `${deployment.url}/${config.workspace.slug}`;
/** What Telegram says with each update, for `setWebhook`; undefined without notifications. */
export const telegramSecretToken = notifications?.telegramSecretToken;
/** What backups are encrypted with: keep a copy elsewhere; undefined without backups. */
export const backupPassphrase = backup?.passphrase;
/** The version of OpenClaw that runs; undefined without a gateway. */
export const openclawVersion = gateway?.runs;
/** Names of the containers that this stack keeps running. */
export const containers = deployment.fleet?.names ?? [];
/** Memory limits by container and their sum, in MiB. */
export const memory = config.deploy ? plan : undefined;
/** Accounts, each with the name of the secret output that holds its password. */
export const accounts = [
  ...agents.people
    .filter(({ account: { name } }) => name === "concierge" || name === "human")
    .map(({ account: { name, email } }) => ({
      what: `Plane, ${name}`,
      user: email,
      passwordOutput: `${name}Password`,
    })),
  ...deployment.accounts.map(({ password: _, ...account }) => account),
];
const passwordOf = (name: string) =>
  deployment.accounts.find((each) => each.passwordOutput === name)?.password;
export const conciergePassword = agents.passwordOf("concierge");
export const humanPassword = agents.passwordOf("human");
export const databasePassword = passwordOf("databasePassword");
export const storagePassword = passwordOf("storagePassword");
export const redisPassword = passwordOf("redisPassword");
/** API tokens by account. */
export const tokens = secret(
  output(
    Object.fromEntries(
      agents.people.flatMap(({ account, token }) => (token ? [[account.name, token.token]] : [])),
    ),
  ),
);
/** What the local stack leaves out, and the command that switches it on. */
export const off =
  config.mode === "existing" || !config.deploy
    ? []
    : (["notifications", "openclaw", "monitoring", "backup"] as const)
        .filter((part) => config[part] === undefined)
        .map((part) => ({
          what: { notifications: "n8n", openclaw: "OpenClaw", monitoring: "Loki", backup: "Backup" }[part],
          why: `npm run pulumi -- config set ${part}:enabled true -s ${getStack()}`,
        }));
