import type { Queryable } from "../database.ts";

/** One entry of a work item's history, as `/api/v1` shows it. */
export const ACTIVITY = `id, created_at, updated_at, deleted_at, verb, field, old_value, new_value, comment,
  '[]'::jsonb AS attachments, old_identifier, new_identifier, epoch, project_id AS project,
  workspace_id AS workspace, issue_id AS issue, NULL AS issue_comment, actor_id AS actor`;

/** What is written down; what is absent is null. */
export interface Entry {
  verb: "created" | "updated" | "deleted";
  field: string;
  comment: string;
  old_value?: unknown;
  new_value?: unknown;
  old_identifier?: unknown;
  new_identifier?: unknown;
}

/** The first entry: by the work item's author, at its time. Labels and assignees that it came with have none. */
export async function recordCreation(database: Queryable, issue: string): Promise<void> {
  await database.query(
    `INSERT INTO issue_activities (created_at, verb, comment, actor_id, issue_id, project_id, workspace_id)
     SELECT created_at, 'created', 'created the issue', created_by_id, id, project_id, workspace_id
     FROM issues WHERE id = $1`,
    [issue],
  );
}

/** Adds entries to a work item's history, in order. Plane's worker does it a moment after the answer. */
export async function recordActivities(
  database: Queryable,
  issue: string,
  actor: string,
  entries: Entry[],
): Promise<void> {
  if (entries.length === 0) return;
  await database.query(
    `INSERT INTO issue_activities (verb, field, comment, old_value, new_value, old_identifier, new_identifier,
       actor_id, issue_id, project_id, workspace_id)
     SELECT e.verb, e.field, e.comment, e.old_value, e.new_value, e.old_identifier, e.new_identifier,
       $2, i.id, i.project_id, i.workspace_id
     FROM issues i, ROWS FROM (jsonb_to_recordset($3) AS (verb text, field text, comment text, old_value text,
       new_value text, old_identifier uuid, new_identifier uuid)) WITH ORDINALITY AS e
     WHERE i.id = $1 ORDER BY e.ordinality`,
    [issue, actor, JSON.stringify(entries)],
  );
}
