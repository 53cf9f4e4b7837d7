import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { allPages } from "../pages.ts";
import type { ItemPath } from "./comments.ts";

const Activity = z.object({
  id: z.string(),
  created_at: z.string(),
  verb: z.string(),
  field: z.string().nullable(),
  old_value: z.string().nullable(),
  new_value: z.string().nullable(),
  old_identifier: z.string().nullable(),
  new_identifier: z.string().nullable(),
  actor: z.string().nullable(),
});
/** One entry of a work item's history. */
export type Activity = z.output<typeof Activity>;

/** The history, oldest first. */
export function listActivities(access: Access, item: ItemPath): Promise<Activity[]> {
  return allPages(new PlaneClient(access), "activities.list", item, Activity, { order_by: "created_at" });
}
