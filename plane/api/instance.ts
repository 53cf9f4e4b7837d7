import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { operation } from "../operation.ts";
import type { Patience } from "../retry.ts";

const Instance = z.object({
  is_setup_done: z.boolean(),
  instance_name: z.string().optional(),
  is_telemetry_enabled: z.boolean().optional(),
  workspaces_exist: z.boolean().optional(),
});
export type Instance = z.output<typeof Instance>;

/** A fresh server without a registered instance answers flat. */
const InstanceAnswer = z.union([z.object({ instance: Instance }), Instance]);
const Configuration = z.array(z.object({ key: z.string(), value: z.string().nullable() }));

/** The switches of the instance that we manage, by Plane's own names; values are "0" and "1". */
export type Switches = Record<
  "ENABLE_SIGNUP" | "ENABLE_MAGIC_LINK_LOGIN" | "ENABLE_EMAIL_PASSWORD" | "DISABLE_WORKSPACE_CREATION",
  "0" | "1"
>;

/** The instance as anyone may see it; the server caches it until the next change over HTTP. */
export async function getInstance(access: Access, patience: Patience): Promise<Instance> {
  const client = new PlaneClient(access, patience);
  const answer = await client.call("instance.get", {}, { answer: InstanceAnswer });
  return "instance" in answer ? answer.instance : answer;
}

/** All of the instance's configuration by key. */
export async function getConfiguration(access: Access, patience: Patience): Promise<Map<string, string>> {
  const client = new PlaneClient(access, patience);
  const entries = await client.call("instance.configuration", {}, { answer: Configuration });
  return new Map(entries.map(({ key, value }) => [key, value ?? ""]));
}

export async function patchConfiguration(access: Access, switches: Partial<Switches>): Promise<void> {
  await new PlaneClient(access).call("instance.configure", {}, { body: switches, answer: z.unknown() });
}

export async function patchInstance(
  access: Access,
  change: { instance_name?: string; is_telemetry_enabled?: boolean },
): Promise<void> {
  await new PlaneClient(access).call("instance.patch", {}, { body: change, answer: z.unknown() });
}

/**
 * Whether this is a paid edition: it knows work-item types, at a price (402) or for real; Community Edition
 * answers 404.
 */
export function isPaidEdition(access: Access, slug: string, patience: Patience): Promise<boolean> {
  return operation().once(JSON.stringify(["edition", access.url, slug]), async () => {
    const client = new PlaneClient(access, patience);
    const status = await client.status("workspace.issueTypes", { slug });
    return status !== 404;
  });
}
