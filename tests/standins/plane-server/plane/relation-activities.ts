import { all, type Queryable } from "../database.ts";
import { recordActivities } from "./activities.ts";
import { counterpart } from "./relations.ts";

/** Writes new relations into the history of both sides, also those that were there already. */
export async function recordRelations(
  database: Queryable,
  actor: string,
  issue: string,
  type: string,
  others: string[],
): Promise<void> {
  const keys = await keysOf(database, [issue, ...others]);
  const record = (on: string, field: string, other: string): Promise<void> =>
    recordActivities(database, on, actor, [
      {
        verb: "updated",
        field,
        comment: `added ${field} relation`,
        old_value: "",
        new_value: keys.get(other),
        // The other side stands where one would look for the old one.
        old_identifier: other,
      },
    ]);
  for (const other of others) {
    await record(issue, type, other);
    await record(other, counterpart(type), issue);
  }
}

/** Writes the end of a relation into the history of both sides. */
export async function recordRelationRemoval(
  database: Queryable,
  actor: string,
  issue: string,
  type: string,
  other: string,
): Promise<void> {
  const keys = await keysOf(database, [issue, other]);
  const record = (on: string, field: string, from: string): Promise<void> =>
    recordActivities(database, on, actor, [
      {
        verb: "deleted",
        field,
        comment: `deleted ${type} relation`,
        old_value: keys.get(from),
        new_value: "",
        // The same on both sides, as Plane has it.
        old_identifier: other,
      },
    ]);
  await record(issue, type, other);
  await record(other, counterpart(type), issue);
}

async function keysOf(database: Queryable, issues: string[]): Promise<Map<string, string>> {
  const rows = await all<{ id: string; key: string }>(
    database,
    `SELECT i.id, p.identifier || '-' || i.sequence_id AS key
     FROM issues i JOIN projects p ON p.id = i.project_id WHERE i.id = ANY ($1)`,
    [issues],
  );
  return new Map(rows.map(({ id, key }) => [id, key]));
}
