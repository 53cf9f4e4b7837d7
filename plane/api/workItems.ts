import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { Refused } from "../errors.ts";
import { allPages } from "../pages.ts";
import { EXTERNAL_SOURCE } from "../projectSetup.ts";
import type { Patience } from "../retry.ts";
import { SharedList } from "../sharedList.ts";

const WorkItemRef = z.object({
  id: z.string(),
  external_source: z.string().nullable(),
  external_id: z.string().nullable(),
});
/** What tells one work item from another. */
export type WorkItemRef = z.output<typeof WorkItemRef>;

/** A work item as the list and each call for one show it. */
const WorkItem = WorkItemRef.extend({
  project: z.string(),
  /** The number in its key: 3 of `ONB-3`. */
  sequence_id: z.number(),
  name: z.string(),
  description_html: z.string().nullable(),
  priority: z.string(),
  state: z.string().nullable(),
  target_date: z.string().nullable(),
  labels: z.array(z.string()),
  assignees: z.array(z.string()),
  created_at: z.string(),
  updated_at: z.string(),
  completed_at: z.string().nullable(),
});
export type WorkItem = z.output<typeof WorkItem>;
const WORK_ITEM_FIELDS = Object.keys(WorkItem.shape).join(",");

const Related = z.array(z.object({ issue_id: z.string(), project_id: z.string() }));
const Relations = z.object({ blocked_by: Related, blocking: Related });
export type Relations = z.output<typeof Relations>;

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

const WorkItemPage = z.object({
  results: z.array(WorkItem),
  next_page_results: z.boolean(),
  next_cursor: z.string(),
});

/** How many the incremental reading of a list asks for at once: what changed since the last look is few. */
const CHANGED_PER_PAGE = 100;

/**
 * The work items of a project that changed after an instant, newest change first; all of them without one. The list
 * has no filter (contracts/plane), so it is read in the order of changes and no further than to the last one seen.
 */
export async function changedWorkItems(
  access: Access,
  slug: string,
  project: string,
  since?: string,
): Promise<WorkItem[]> {
  const client = new PlaneClient(access);
  const query = { fields: WORK_ITEM_FIELDS, order_by: "-updated_at" };
  if (since === undefined) return allPages(client, "workItems.list", { slug, project }, WorkItem, query);
  const changed: WorkItem[] = [];
  for (let cursor: string | undefined; ; ) {
    const page: z.output<typeof WorkItemPage> = await client.call(
      "workItems.list",
      { slug, project },
      {
        query: { ...query, per_page: String(CHANGED_PER_PAGE), ...(cursor === undefined ? {} : { cursor }) },
        answer: WorkItemPage,
      },
    );
    const news = page.results.filter(({ updated_at }) => Date.parse(updated_at) > Date.parse(since));
    changed.push(...news);
    if (news.length < page.results.length || !page.next_page_results) return changed;
    cursor = page.next_cursor;
  }
}

export function getWorkItem(access: Access, slug: string, project: string, id: string): Promise<WorkItem> {
  return new PlaneClient(access).call("workItems.get", { slug, project, id }, { answer: WorkItem });
}

/** By what people call it: `ONB-3` is `ONB` and 3. The identifier has to be in capitals (contracts/plane). */
export function getWorkItemByKey(
  access: Access,
  slug: string,
  identifier: string,
  number: number,
): Promise<WorkItem> {
  const params = { slug, identifier, number: String(number) };
  return new PlaneClient(access).call("workItems.getByKey", params, { answer: WorkItem });
}

/** The work item of ours with this external id; undefined when there is none. */
export async function findWorkItem(
  access: Access,
  slug: string,
  project: string,
  externalId: string,
): Promise<WorkItem | undefined> {
  const query = { external_source: EXTERNAL_SOURCE, external_id: externalId };
  try {
    return await new PlaneClient(access).call(
      "workItems.list",
      { slug, project },
      { query, answer: WorkItem },
    );
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return undefined;
    throw error;
  }
}

/** Only what is given changes; lists of labels and assignees are replaced as a whole. */
export function patchWorkItem(
  access: Access,
  slug: string,
  project: string,
  id: string,
  body: Record<string, unknown>,
): Promise<WorkItem> {
  return new PlaneClient(access).call("workItems.patch", { slug, project, id }, { body, answer: WorkItem });
}

/** What a work item waits for, and what waits for it. */
export function relationsOf(access: Access, slug: string, project: string, id: string): Promise<Relations> {
  return new PlaneClient(access).call("relations.list", { slug, project, id }, { answer: Relations });
}

/** The work items that this one waits for. */
export async function blockersOf(
  access: Access,
  slug: string,
  project: string,
  id: string,
): Promise<string[]> {
  const { blocked_by } = await relationsOf(access, slug, project, id);
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
