import { insert, one, type Queryable, type Row } from "../database.ts";
import type { Fields } from "../http/fields.ts";
import { randomLogo } from "./colors.ts";

/** A project's own columns, as every serializer shows them, of the alias `p`. */
export const PROJECT = `NULL AS cover_image_url, p.created_at, p.updated_at, p.deleted_at, p.name, p.description,
  NULL AS description_text, NULL AS description_html, p.network, p.identifier, p.emoji, p.icon_prop,
  p.module_view, p.cycle_view, p.issue_views_view, p.page_view, p.intake_view, p.is_time_tracking_enabled,
  p.is_issue_type_enabled, p.guest_view_all_features, p.cover_image, p.archive_in, p.close_in, p.logo_props,
  p.archived_at, p.timezone, p.external_source, p.external_id, p.created_by_id AS created_by,
  p.updated_by_id AS updated_by, p.workspace_id AS workspace, p.default_assignee_id AS default_assignee,
  p.project_lead_id AS project_lead, p.cover_image_asset_id AS cover_image_asset, p.estimate_id AS estimate,
  p.default_state_id AS default_state`;

/** The five states of a new project. */
export const DEFAULT_STATES = [
  { name: "Backlog", color: "#60646C", sequence: 15000, group: "backlog", default: true },
  { name: "Todo", color: "#60646C", sequence: 25000, group: "unstarted", default: false },
  { name: "In Progress", color: "#F59E0B", sequence: 35000, group: "started", default: false },
  { name: "Done", color: "#46A758", sequence: 45000, group: "completed", default: false },
  { name: "Cancelled", color: "#9AA4BC", sequence: 55000, group: "cancelled", default: false },
];

const FORBIDDEN = /^.*[&+,:;$^}{*=?@#|'<>.()%!-].*$/;
const FLAGS = [
  "module_view",
  "cycle_view",
  "issue_views_view",
  "page_view",
  "intake_view",
  "is_time_tracking_enabled",
  "is_issue_type_enabled",
  "guest_view_all_features",
];

/** The checks of a new or changed project on `/api/v1`; network and icon are not among its fields. */
export async function checkProject(fields: Fields, database: Queryable): Promise<void> {
  fields.text("name", { required: true, max: 255, blank: false });
  fields.text("identifier", { required: true, max: 12, blank: false });
  fields.text("description");
  fields.text("external_source", { nullable: true, max: 255 });
  fields.text("external_id", { nullable: true, max: 255 });
  fields.timezone("timezone");
  for (const flag of FLAGS) fields.flag(flag);
  fields.number("archive_in");
  fields.number("close_in");
  const person = async (id: string): Promise<boolean> =>
    (await one(database, "SELECT id FROM users WHERE id = $1", [id])) !== undefined;
  await fields.reference("project_lead", "project_lead_id", person);
  await fields.reference("default_assignee", "default_assignee_id", person);
  await fields.reference(
    "estimate",
    "estimate_id",
    async (id) => (await one(database, "SELECT id FROM estimates WHERE id = $1", [id])) !== undefined,
  );
  await fields.reference(
    "default_state",
    "default_state_id",
    async (id) => (await one(database, "SELECT id FROM states WHERE id = $1", [id])) !== undefined,
  );
  fields.check();
  const { name, identifier } = fields.values;
  if (typeof name === "string" && FORBIDDEN.test(name)) {
    fields.fail("non_field_errors", "Project name cannot contain special characters.");
  } else if (typeof identifier === "string" && FORBIDDEN.test(identifier)) {
    fields.fail("non_field_errors", "Project identifier cannot contain special characters.");
  }
  fields.check();
  if (typeof identifier === "string") fields.values["identifier"] = identifier.trim().toUpperCase();
}

/** Writes a project; its members and states come later, in steps that can fail. */
export function createProject(
  database: Queryable,
  fields: Row,
  workspace: string,
  user: string,
): Promise<{ id: string; name: string }> {
  return insert(database, "projects", {
    logo_props: JSON.stringify(randomLogo()),
    ...fields,
    workspace_id: workspace,
    created_by_id: user,
  });
}

/** Puts somebody into a project and returns the row. */
export function addProjectMember(
  database: Queryable,
  place: { workspace: unknown; project: unknown; member: unknown; role: unknown; by: string },
): Promise<Row> {
  return insert(
    database,
    "project_members",
    {
      workspace_id: place.workspace,
      project_id: place.project,
      member_id: place.member,
      role: place.role,
      created_by_id: place.by,
    },
    "id, member_id AS member, role",
  );
}

/** The default states of a new project, in one statement as Plane's bulk_create does. */
export async function addDefaultStates(
  database: Queryable,
  project: string,
  workspace: string,
  user: string,
): Promise<void> {
  await database.query(
    `INSERT INTO states (name, color, sequence, "group", "default", project_id, workspace_id, created_by_id)
     SELECT s.name, s.color, s.sequence, s."group", s."default", $1, $2, $3
     FROM jsonb_to_recordset($4) AS s (name text, color text, sequence float, "group" text, "default" boolean)`,
    [project, workspace, user, JSON.stringify(DEFAULT_STATES)],
  );
}
