import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { WebhookInputs } from "../webhook.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** The workspace's deliveries to one address (NOTIF-01). */
export class Webhook extends PlaneResource {
  /** Signs every delivery; made by Plane. */
  declare readonly secret: Output<string>;

  constructor(name: string, args: ArgsOf<WebhookInputs>, options?: CustomResourceOptions) {
    super("webhook", "Webhook", name, args, options, { outputs: ["secret"], secrets: ["secret"] });
  }
}
