import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { Refused } from "../errors.ts";
import type { Patience } from "../retry.ts";

const Workspace = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  timezone: z.string(),
  owner: z.string(),
});
export type Workspace = z.output<typeof Workspace>;

/** The workspace; undefined when there is none of this slug, or the account does not belong to it. */
export async function getWorkspace(
  access: Access,
  slug: string,
  patience: Patience = "full",
): Promise<Workspace | undefined> {
  try {
    return await new PlaneClient(access, patience).call("workspace.get", { slug }, { answer: Workspace });
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined;
    throw error;
  }
}

/** Makes a workspace as instance admin: without the demo data that a person's own would get. */
export async function createWorkspace(access: Access, name: string, slug: string): Promise<Workspace> {
  const look = () => getWorkspace(access, slug);
  await new PlaneClient(access).create(
    "instance.createWorkspace",
    {},
    { body: { name, slug, organization_size: "2-10" }, answer: z.object({ slug: z.string() }), look },
  );
  const made = await look();
  if (made === undefined) throw new Error(`workspace ${slug} was made and is not there`);
  return made;
}

export function patchWorkspace(
  access: Access,
  slug: string,
  change: { name?: string; timezone?: string },
): Promise<Workspace> {
  return new PlaneClient(access).call("workspace.patch", { slug }, { body: change, answer: Workspace });
}

export function deleteWorkspace(access: Access, slug: string): Promise<void> {
  return new PlaneClient(access).remove("workspace.delete", { slug });
}
