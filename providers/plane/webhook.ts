import { ownId } from "../../plane/api/people.ts";
import {
  createWebhook,
  deleteWebhook,
  patchWebhook,
  regenerateSecret,
  type Webhook,
  type WebhookBody,
  webhookList,
} from "../../plane/api/webhooks.ts";
import { webhookUrlProblem } from "../../plane/rules.ts";
import { pick, type WorkspaceInputs } from "./inProject.ts";
import { reconciler } from "./reconciler.ts";

/** The workspace's deliveries to one address (NOTIF-01). */
export interface WebhookInputs extends WorkspaceInputs {
  url: string;
  /** What is delivered. */
  projects: boolean;
  workItems: boolean;
  modules: boolean;
  cycles: boolean;
  comments: boolean;
  /** Plane switches a webhook off for good after five refused connections: that is drift. */
  active: boolean;
  /** A new secret is made when this becomes true; take it back, and it can be asked for again. */
  rotateSecret: boolean;
}

const FIELDS = {
  url: "url",
  projects: "project",
  workItems: "issue",
  modules: "module",
  cycles: "cycle",
  comments: "issue_comment",
  active: "is_active",
} as const;

const provider = reconciler<WebhookInputs, Webhook>({
  name: ({ url, slug }) => `webhook ${url} of workspace ${slug}`,
  rules: { url: webhookUrlProblem },
  replaceOn: ["slug"],
  find: async (inputs) => (await listOf(inputs).all()).find(({ url }) => url === inputs.url),
  foreign: async ({ created_by }, { access }) =>
    created_by === (await ownId(access)) ? undefined : "somebody else made it",
  make: async (inputs) => {
    const list = listOf(inputs);
    const body = pick(FIELDS, inputs, Object.keys(FIELDS)) as unknown as WebhookBody;
    const look = async () => (await list.again()).find(({ url }) => url === inputs.url);
    return list.put(await createWebhook(inputs.access, inputs.slug, body, look));
  },
  get: async (id, { access, slug }, patience) =>
    (await webhookList(access, slug, patience).all()).find((webhook) => webhook.id === id),
  attributes: (live) => ({
    url: live.url,
    projects: live.project,
    workItems: live.issue,
    modules: live.module,
    cycles: live.cycle,
    comments: live.issue_comment,
    active: live.is_active,
  }),
  patch: async (live, inputs, changed) =>
    listOf(inputs).put(
      await patchWebhook(inputs.access, inputs.slug, live.id, pick(FIELDS, inputs, changed)),
    ),
  remove: async (id, inputs) => {
    await deleteWebhook(inputs.access, inputs.slug, id);
    await listOf(inputs).drop(id);
  },
  outputs: { secret: ({ secret_key }) => secret_key },
});

export const { check, diff, create, read, delete: remove } = provider;
export { remove as delete };

/** Sends what differs, and asks for a new secret when that was newly requested. */
export async function update(id: string, olds: WebhookInputs, news: WebhookInputs) {
  const { outs } = await provider.update(id, olds, news);
  if (olds.rotateSecret || !news.rotateSecret) return { outs };
  const renewed = await listOf(news).put(await regenerateSecret(news.access, news.slug, id));
  return { outs: { ...outs, secret: renewed.secret_key } };
}

function listOf({ access, slug }: WebhookInputs) {
  return webhookList(access, slug);
}
