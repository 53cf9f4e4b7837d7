import { all, isDuplicate, one, update } from "../../../database.ts";
import { PROJECT } from "../../../plane/projects.ts";
import { changed, modelActivity } from "../../../plane/webhooks.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { Failure, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { ADMIN, GUEST, requireProjectRole, requireWorkspaceRole } from "../../permissions.ts";
import { type Call, sessionRoute } from "../../views.ts";

const LISTED = `p.id, p.name, p.identifier, p.logo_props, p.archived_at, p.workspace_id AS workspace, p.cycle_view,
  p.issue_views_view, p.module_view, p.page_view, p.guest_view_all_features, p.project_lead_id AS project_lead,
  p.network, p.created_at, p.updated_at, p.created_by_id AS created_by, p.updated_by_id AS updated_by,
  m.role AS member_role, 0 AS intake_count, p.intake_view AS inbox_view, m.sort_order`;
const DETAIL = `p.id, false AS is_favorite, m.sort_order, m.role AS member_role, NULL AS anchor,
  ARRAY(SELECT member_id FROM project_members x
    WHERE x.project_id = p.id AND x.is_active AND x.deleted_at IS NULL ORDER BY x.created_at) AS members,
  p.intake_view AS inbox_view,
  coalesce((SELECT last FROM issue_sequences i WHERE i.project_id = p.id), 0) + 1 AS next_work_item_sequence,
  ${PROJECT}`;
const MINE = `projects p LEFT JOIN project_members m
  ON m.project_id = p.id AND m.member_id = $2 AND m.is_active AND m.deleted_at IS NULL`;

/** Projects of a workspace: admins see all, members the public ones and their own, guests their own. */
export const projects: Route = sessionRoute("/api/workspaces/<slug>/projects/", "GET, POST, HEAD, OPTIONS", {
  GET: async (request, call) => {
    const { workspace_id: workspace, workspace_role: role } = await requireWorkspaceRole(
      request,
      call,
      GUEST,
    );
    const rows = await all(
      call.database,
      `SELECT ${LISTED} FROM ${MINE}
       WHERE p.workspace_id = $1 AND p.deleted_at IS NULL
         AND (m.id IS NOT NULL OR $3 = 20 OR ($3 = 15 AND p.network = 2))
       ORDER BY m.sort_order, p.name`,
      [workspace, call.user.id, role],
    );
    return json(200, rows);
  },
});

/** One project. Here, unlike on `/api/v1`, network and icon can be changed. */
export const project: Route = sessionRoute(
  "/api/workspaces/<slug>/projects/<uuid:project_id>/",
  "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
  {
    GET: async (request, call) => {
      await requireWorkspaceRole(request, call, GUEST);
      return json(200, await find(request, call));
    },
    PATCH: async (request, call) => {
      await requireProjectRole(request, call, ADMIN);
      const before = await find(request, call);
      if (before["archived_at"] !== null) {
        throw new Failure(400, { error: "Archived projects cannot be updated" });
      }
      const body = data(request);
      const fields = new Fields(body, { partial: true });
      fields.text("name", { max: 255, blank: false });
      fields.text("identifier", { max: 12, blank: false });
      fields.text("description");
      fields.choice("network", [0, 2]);
      fields.timezone("timezone");
      for (const flag of [
        "module_view",
        "cycle_view",
        "issue_views_view",
        "page_view",
        "intake_view",
        "is_time_tracking_enabled",
        "is_issue_type_enabled",
        "guest_view_all_features",
      ]) {
        fields.flag(flag);
      }
      if (body["inbox_view"] !== undefined) fields.values["intake_view"] = body["inbox_view"];
      fields.number("archive_in");
      fields.number("close_in");
      fields.json("logo_props");
      const person = async (id: string): Promise<boolean> =>
        (await one(call.database, "SELECT id FROM users WHERE id = $1", [id])) !== undefined;
      await fields.reference("project_lead", "project_lead_id", person);
      await fields.reference("default_assignee", "default_assignee_id", person);
      fields.check();
      try {
        const values = { ...fields.values, updated_by_id: call.user.id };
        await update(call.database, "projects", before["id"], values, "id");
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        throw new Failure(409, { name: "The project name is already taken" });
      }
      await modelActivity(request, call, {
        event: "project",
        id: String(before["id"]),
        changes: changed(before, body),
      });
      return json(200, await find(request, call));
    },
    DELETE: async (request, call) => {
      await requireProjectRole(request, call, ADMIN);
      await deleteProject(request, call);
      return nothing();
    },
  },
);

/** Deletes the project that the path names and tells the webhooks. */
export async function deleteProject(request: Request, call: Call): Promise<void> {
  const { project_id: id = "" } = request.params;
  await call.database.query(
    `WITH p AS (UPDATE projects SET deleted_at = clock_timestamp() WHERE id = $1),
       m AS (UPDATE project_members SET deleted_at = clock_timestamp() WHERE project_id = $1),
       s AS (UPDATE states SET deleted_at = clock_timestamp() WHERE project_id = $1),
       l AS (UPDATE labels SET deleted_at = clock_timestamp() WHERE project_id = $1)
     UPDATE issues SET deleted_at = clock_timestamp() WHERE project_id = $1`,
    [id],
  );
  await modelActivity(request, call, { event: "project", id, deleted: true });
}

async function find({ params }: Request, { database, user }: Call): Promise<Record<string, unknown>> {
  const found = await one(
    database,
    `SELECT ${DETAIL} FROM ${MINE} JOIN workspaces w ON w.id = p.workspace_id
     WHERE p.id = $1 AND w.slug = $3 AND p.deleted_at IS NULL`,
    [params["project_id"], user.id, params["slug"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}
