import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import type { Patience } from "../retry.ts";
import { SharedList } from "../sharedList.ts";

const Webhook = z.object({
  id: z.string(),
  url: z.string(),
  is_active: z.boolean(),
  secret_key: z.string(),
  project: z.boolean(),
  issue: z.boolean(),
  module: z.boolean(),
  cycle: z.boolean(),
  issue_comment: z.boolean(),
  created_by: z.string().nullable(),
});
export type Webhook = z.output<typeof Webhook>;
/** The server makes the secret itself and ignores a given one. */
export type WebhookBody = Omit<Webhook, "id" | "secret_key" | "created_by">;

export function webhookList(access: Access, slug: string, patience: Patience = "full"): SharedList<Webhook> {
  return new SharedList(JSON.stringify(["webhooks", access.url, slug]), () =>
    new PlaneClient(access, patience).call("webhooks.list", { slug }, { answer: z.array(Webhook) }),
  );
}

export function createWebhook(
  access: Access,
  slug: string,
  body: WebhookBody,
  look: () => Promise<Webhook | undefined>,
): Promise<Webhook> {
  return new PlaneClient(access).create("webhooks.create", { slug }, { body, answer: Webhook, look });
}

export function patchWebhook(
  access: Access,
  slug: string,
  id: string,
  body: Partial<WebhookBody>,
): Promise<Webhook> {
  return new PlaneClient(access).call("webhooks.patch", { slug, id }, { body, answer: Webhook });
}

/** A new secret; asked twice because an answer was lost, the last one holds. */
export function regenerateSecret(access: Access, slug: string, id: string): Promise<Webhook> {
  return new PlaneClient(access).call("webhooks.regenerate", { slug, id }, { answer: Webhook });
}

export function deleteWebhook(access: Access, slug: string, id: string): Promise<void> {
  return new PlaneClient(access).remove("webhooks.delete", { slug, id });
}
