import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { allPages } from "../pages.ts";
import type { Patience } from "../retry.ts";
import { SharedList } from "../sharedList.ts";

const WorkItemRef = z.object({
  id: z.string(),
  external_source: z.string().nullable(),
  external_id: z.string().nullable(),
});
/** What tells one work item from another. */
export type WorkItemRef = z.output<typeof WorkItemRef>;

const Relations = z.object({ blocked_by: z.array(z.object({ issue_id: z.string() })) });

/** All work items of a project, by id and external id: one request for a thousand. */
export function workItemRefs(
  access: Access,
  slug: string,
  project: string,
  patience: Patience = "full",
): SharedList<WorkItemRef> {
  return new SharedList(JSON.stringify(["work-items", access.url, slug, project]), () =>
    allPages(new PlaneClient(access, patience), "workItems.list", { slug, project }, WorkItemRef, {
      fields: "id,external_id,external_source",
    }),
  );
}

export function createWorkItem(
  access: Access,
  slug: string,
  project: string,
  body: Record<string, unknown>,
  look: () => Promise<WorkItemRef | undefined>,
): Promise<WorkItemRef> {
  const message = { body, answer: WorkItemRef, look };
  return new PlaneClient(access).create("workItems.create", { slug, project }, message);
}

export function deleteWorkItem(access: Access, slug: string, project: string, id: string): Promise<void> {
  return new PlaneClient(access).remove("workItems.delete", { slug, project, id });
}

/** The work items that this one waits for. */
export async function blockersOf(
  access: Access,
  slug: string,
  project: string,
  id: string,
): Promise<string[]> {
  const { blocked_by } = await new PlaneClient(access).call(
    "relations.list",
    { slug, project, id },
    { answer: Relations },
  );
  return blocked_by.map(({ issue_id }) => issue_id);
}

/** Adding a blocker twice is a 201 and changes nothing (contracts/plane), so a lost answer costs nothing. */
export async function addBlockers(
  access: Access,
  slug: string,
  project: string,
  id: string,
  issues: string[],
): Promise<void> {
  await new PlaneClient(access).call(
    "relations.create",
    { slug, project, id },
    { body: { relation_type: "blocked_by", issues }, answer: z.unknown() },
  );
}
