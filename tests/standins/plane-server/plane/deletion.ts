import type { Queryable } from "../database.ts";

/** The task that deletes what hangs on something deleted. */
export const SOFT_DELETE = "plane.bgtasks.deletion_task.soft_delete_related_objects";

/** Deletes the children of a deleted work item, all the way down, and their comments and files. */
export async function deleteRelated(database: Queryable, issue: string): Promise<void> {
  await database.query(
    `WITH RECURSIVE below AS (
       SELECT $1::uuid AS id UNION SELECT i.id FROM issues i JOIN below ON i.parent_id = below.id),
     items AS (
       UPDATE issues SET deleted_at = clock_timestamp() WHERE id IN (SELECT id FROM below) AND deleted_at IS NULL),
     files AS (
       UPDATE file_assets SET deleted_at = clock_timestamp()
       WHERE issue_id IN (SELECT id FROM below) AND deleted_at IS NULL)
     UPDATE issue_comments SET deleted_at = clock_timestamp()
     WHERE issue_id IN (SELECT id FROM below) AND deleted_at IS NULL`,
    [issue],
  );
}
