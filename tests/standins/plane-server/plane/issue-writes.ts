import { all, insert, one, type Queryable, type Row, update } from "../database.ts";
import type { Body } from "../http/body.ts";
import { badRequest } from "../http/failure.ts";
import { Fields } from "../http/fields.ts";
import type { Scope } from "../http/permissions.ts";
import { sanitizeHtml, stripTags } from "./html.ts";
import { PRIORITIES } from "./issues.ts";

const STEP = 10_000;

/** The names under which a client of one of the two APIs sends a work item's references. */
export interface Names {
  state: string;
  parent: string;
  estimate_point: string;
  labels: string;
  assignees: string;
}

export const KEY_NAMES: Names = {
  state: "state",
  parent: "parent",
  estimate_point: "estimate_point",
  labels: "labels",
  assignees: "assignees",
};

export const SESSION_NAMES: Names = {
  state: "state_id",
  parent: "parent_id",
  estimate_point: "estimate_point",
  labels: "label_ids",
  assignees: "assignee_ids",
};

/** A checked work item: columns to write, and the lists if they were given. */
export interface IssueInput {
  values: Row;
  labels: string[] | undefined;
  assignees: string[] | undefined;
}

/** The checks of a new or changed work item. Labels and people from elsewhere are dropped without a word. */
export async function checkIssue(
  database: Queryable,
  body: Body,
  { project_id: project }: Scope,
  options: { partial: boolean; names: Names },
): Promise<IssueInput> {
  const { names } = options;
  const fields = new Fields(body, options);
  const exists = (table: string) => async (id: string) =>
    (await one(database, `SELECT id FROM ${table} WHERE id = $1 AND deleted_at IS NULL`, [id])) !== undefined;
  const known = (table: string) => async (ids: string[]) =>
    new Set(
      ids.length === 0
        ? []
        : (await all<{ id: string }>(database, `SELECT id FROM ${table} WHERE id = ANY ($1)`, [ids])).map(
            ({ id }) => id,
          ),
    );
  fields.text("name", { required: true, max: 255, blank: false });
  fields.choice("priority", PRIORITIES);
  fields.date("start_date");
  fields.date("target_date");
  fields.text("external_source", { nullable: true, max: 255 });
  fields.text("external_id", { nullable: true, max: 255 });
  fields.flag("is_draft");
  fields.number("sort_order");
  await fields.reference(names.state, "state_id", exists("states"));
  await fields.reference(names.parent, "parent_id", exists("issues"));
  await fields.reference(names.estimate_point, "estimate_point_id", exists("estimate_points"));
  let labels = await fields.references(names.labels, known("labels"));
  let assignees = await fields.references(names.assignees, known("users"));
  fields.check();

  const { values } = fields;
  const refuse = (message: string): never => {
    throw badRequest({ non_field_errors: [message] });
  };
  const { start_date: start, target_date: target } = values;
  if (start && target && String(start) > String(target)) refuse("Start date cannot exceed target date");
  if (typeof body["description_html"] === "string") {
    const html = sanitizeHtml(body["description_html"]);
    if (html === undefined) refuse("Invalid HTML passed");
    values["description_html"] = html;
    values["description_stripped"] = stripTags(html ?? "");
  }
  const inProject = async (table: string, id: unknown): Promise<boolean> =>
    !id ||
    (await one(database, `SELECT id FROM ${table} WHERE id = $1 AND project_id = $2`, [id, project])) !==
      undefined;
  if (!(await inProject("states", values["state_id"]))) {
    refuse("State is not valid please pass a valid state_id");
  }
  if (!(await inProject("issues", values["parent_id"]))) {
    refuse("Parent is not valid issue_id please pass a valid issue_id");
  }
  if (labels !== undefined && labels.length > 0) {
    const own = await all<{ id: string }>(
      database,
      "SELECT id FROM labels WHERE project_id = $1 AND id = ANY ($2) AND deleted_at IS NULL",
      [project, labels],
    );
    labels = keep(labels, own);
  }
  if (assignees !== undefined && assignees.length > 0) {
    const own = await all<{ id: string }>(
      database,
      `SELECT member_id AS id FROM project_members
       WHERE project_id = $1 AND member_id = ANY ($2) AND role >= 15 AND is_active AND deleted_at IS NULL`,
      [project, assignees],
    );
    assignees = keep(assignees, own);
  }
  return { values, labels, assignees };
}

function keep(ids: string[], own: { id: string }[]): string[] {
  const known = new Set(own.map(({ id }) => id));
  return [...new Set(ids)].filter((id) => known.has(id));
}

/** Writes a new work item: the next number, the default state, the end of its column. */
export async function createIssue(
  database: Queryable,
  { values, labels = [], assignees = [] }: IssueInput,
  { workspace_id, project_id }: Scope,
  user: string,
): Promise<string> {
  const given = values["state_id"] ?? null;
  const { state_id, completed, sort_order } = (await one<{
    state_id: string | null;
    completed: boolean | null;
    sort_order: number;
  }>(
    database,
    `SELECT s.id AS state_id, s."group" = 'completed' AS completed,
       coalesce((SELECT max(sort_order) + ${STEP} FROM issues i WHERE i.project_id = $1
         AND i.state_id IS NOT DISTINCT FROM s.id AND i.deleted_at IS NULL), 65535) AS sort_order
     FROM (SELECT coalesce($2::uuid,
       (SELECT id FROM states WHERE project_id = $1 AND "default" AND NOT is_triage AND deleted_at IS NULL
        ORDER BY sequence LIMIT 1),
       (SELECT id FROM states WHERE project_id = $1 AND NOT is_triage AND deleted_at IS NULL
        ORDER BY sequence LIMIT 1)) AS id) AS wanted
     LEFT JOIN states s ON s.id = wanted.id`,
    [project_id, given],
  )) as { state_id: string | null; completed: boolean | null; sort_order: number };
  const { last: sequence_id } = (await one<{ last: number }>(
    database,
    `INSERT INTO issue_sequences (project_id, last) VALUES ($1, 1)
     ON CONFLICT (project_id) DO UPDATE SET last = issue_sequences.last + 1 RETURNING last`,
    [project_id],
  )) as { last: number };
  const { id } = await insert<{ id: string }>(
    database,
    "issues",
    {
      ...values,
      sequence_id,
      state_id,
      sort_order,
      workspace_id,
      project_id,
      created_by_id: user,
      completed_at: completed ? new Date().toISOString() : null,
    },
    "id",
  );
  await addLists(database, id, labels, assignees);
  return id;
}

/** Writes a changed work item; a list that was given replaces the old one. */
export async function updateIssue(
  database: Queryable,
  id: string,
  { values, labels, assignees }: IssueInput,
  user: string,
): Promise<void> {
  const changes: Row = { ...values, updated_by_id: user };
  if (values["state_id"]) {
    const state = await one(database, 'SELECT "group" FROM states WHERE id = $1', [values["state_id"]]);
    changes["completed_at"] = state?.["group"] === "completed" ? new Date().toISOString() : null;
  }
  if (labels !== undefined) await database.query("DELETE FROM issue_labels WHERE issue_id = $1", [id]);
  if (assignees !== undefined) await database.query("DELETE FROM issue_assignees WHERE issue_id = $1", [id]);
  await addLists(database, id, labels ?? [], assignees ?? []);
  await update(database, "issues", id, changes, "id");
}

async function addLists(
  database: Queryable,
  issue: string,
  labels: string[],
  assignees: string[],
): Promise<void> {
  if (labels.length > 0) {
    await database.query(
      "INSERT INTO issue_labels (issue_id, label_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING",
      [issue, labels],
    );
  }
  if (assignees.length > 0) {
    await database.query(
      "INSERT INTO issue_assignees (issue_id, assignee_id) SELECT $1, unnest($2::uuid[]) ON CONFLICT DO NOTHING",
      [issue, assignees],
    );
  }
}
