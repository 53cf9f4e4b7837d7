import { all, one, type Queryable, type Row } from "../database.ts";
import { type Entry, recordActivities } from "./activities.ts";
import type { Change } from "./webhooks.ts";

type Tracker = (change: Change, database: Queryable) => Promise<Entry[]>;

/** A value that stands for itself. */
const plain =
  (field: string, comment: string, nothing: string | null): Tracker =>
  async ({ old_value, new_value }) => [
    { verb: "updated", field, comment, old_value: old_value ?? nothing, new_value: new_value ?? nothing },
  ];

/** A reference: both names and both ids. `name` is SQL over the alias `x`. */
const named =
  (field: string, comment: string, table: string, name: string, nothing: string | null): Tracker =>
  async ({ old_value, new_value }, database) => {
    const names = await namesOf(database, table, name, [old_value, new_value]);
    return [
      {
        verb: "updated",
        field,
        comment,
        old_value: names.get(old_value) ?? nothing,
        new_value: names.get(new_value) ?? nothing,
        old_identifier: old_value,
        new_identifier: new_value,
      },
    ];
  };

/** A list of references: one entry for each that came, then for each that went, whatever became of it in the list. */
const each =
  (field: string, thing: string, table: string, name: string): Tracker =>
  async ({ old_value, new_value }, database) => {
    const [before, after] = [old_value as string[], (new_value ?? []) as string[]];
    const names = await namesOf(database, table, name, [...before, ...after]);
    const added = after.filter((id) => !before.includes(id));
    const removed = before.filter((id) => !after.includes(id));
    return [
      ...added.map((id): Entry => {
        const comment = `added ${thing} `;
        return {
          verb: "updated",
          field,
          comment,
          old_value: "",
          new_value: names.get(id),
          new_identifier: id,
        };
      }),
      ...removed.map((id): Entry => {
        const comment = `removed ${thing} `;
        return {
          verb: "updated",
          field,
          comment,
          old_value: names.get(id),
          new_value: "",
          old_identifier: id,
        };
      }),
    ];
  };

const KEY = "(SELECT identifier FROM projects p WHERE p.id = x.project_id) || '-' || x.sequence_id";

const state = named("state", "updated the state to", "states", "x.name", null);
const parent = named("parent", "updated the parent issue to", "issues", KEY, "");
const labels = each("labels", "label", "labels", "x.name");
const assignees = each("assignees", "assignee", "users", "x.display_name");

/** By the field of the request, in the words of both APIs. */
const TRACKERS: Record<string, Tracker> = {
  name: plain("name", "updated the name to", null),
  description_html: plain("description", "updated the description to", null),
  priority: plain("priority", "updated the priority to", null),
  start_date: plain("start_date", "updated the start date to ", ""),
  target_date: plain("target_date", "updated the target date to", ""),
  state,
  state_id: state,
  parent,
  parent_id: parent,
  labels,
  label_ids: labels,
  assignees,
  assignee_ids: assignees,
};

/** Writes down what a request changed, in the order of its fields. Estimates are not followed. */
export async function recordChanges(
  database: Queryable,
  issue: string,
  actor: string,
  changes: Change[],
): Promise<void> {
  // Plane's task fails at an estimate point that is taken away, and all of the request goes unrecorded.
  if (changes.some(({ field, new_value }) => field === "estimate_point" && new_value === null)) return;
  const entries: Entry[] = [];
  for (const change of changes) entries.push(...((await TRACKERS[change.field]?.(change, database)) ?? []));
  const described = entries.findIndex(({ field }) => field === "description");
  if (described !== -1 && (await continuesDescription(database, issue, actor))) entries.splice(described, 1);
  await recordActivities(database, issue, actor, entries);
}

/** A description that somebody edits on and on is one entry, which moves to the latest time. */
async function continuesDescription(database: Queryable, issue: string, actor: string): Promise<boolean> {
  const moved = await one(
    database,
    `UPDATE issue_activities SET created_at = clock_timestamp()
     WHERE field = 'description' AND actor_id = $2 AND id =
       (SELECT id FROM issue_activities WHERE issue_id = $1 ORDER BY created_at DESC, position DESC LIMIT 1)
     RETURNING id`,
    [issue, actor],
  );
  return moved !== undefined;
}

async function namesOf(
  database: Queryable,
  table: string,
  name: string,
  ids: unknown[],
): Promise<Map<unknown, string>> {
  const rows = await all<Row & { id: string; name: string }>(
    database,
    `SELECT x.id, ${name} AS name FROM ${table} x WHERE x.id = ANY ($1)`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.name]));
}
