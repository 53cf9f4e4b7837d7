import { all, type Queryable } from "../database.ts";

/** The kinds of relations, in the order in which they are listed. */
export const RELATION_TYPES = [
  "blocking",
  "blocked_by",
  "duplicate",
  "relates_to",
  "start_after",
  "start_before",
  "finish_after",
  "finish_before",
];

/** Kinds that are kept as their counterpart, from the other side. */
const REVERSED: Record<string, string> = {
  blocking: "blocked_by",
  start_after: "start_before",
  finish_after: "finish_before",
};

/** How a kind of relation is kept. */
export function stored(type: string): { type: string; reversed: boolean } {
  const counterpart = REVERSED[type];
  return { type: counterpart ?? type, reversed: counterpart !== undefined };
}

/** What a kind of relation is called from the other side. */
export function counterpart(type: string): string {
  const reverse = Object.keys(REVERSED).find((kind) => REVERSED[kind] === type);
  return REVERSED[type] ?? reverse ?? type;
}

/** A work item at the other end of a relation. */
export interface Related extends Record<string, unknown> {
  id: string;
  project_id: string;
}

/** The other ends of a work item's relations by kind, newest first. */
export async function relationsOf(database: Queryable, issue: string): Promise<Record<string, Related[]>> {
  const rows = await all<Related & { relation_type: string; from_here: boolean; to_here: boolean }>(
    database,
    `SELECT r.relation_type, r.issue_id = $1 AS from_here, r.related_issue_id = $1 AS to_here, i.id, i.project_id
     FROM issue_relations r
     JOIN issues i ON i.id = CASE WHEN r.issue_id = $1 THEN r.related_issue_id ELSE r.issue_id END
     WHERE (r.issue_id = $1 OR r.related_issue_id = $1) AND r.deleted_at IS NULL AND i.deleted_at IS NULL
     ORDER BY r.created_at DESC`,
    [issue],
  );
  return Object.fromEntries(
    RELATION_TYPES.map((type) => {
      const kept = stored(type);
      const symmetric = ["duplicate", "relates_to"].includes(type);
      const own = rows.filter(
        (row) =>
          row.relation_type === kept.type && (symmetric || (kept.reversed ? row.to_here : row.from_here)),
      );
      return [type, own];
    }),
  );
}
