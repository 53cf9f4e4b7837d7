import { all, isDuplicate, one, update } from "../../../database.ts";
import {
  addDefaultStates,
  addProjectMember,
  checkProject,
  createProject,
  PROJECT,
} from "../../../plane/projects.ts";
import { USER_LITE } from "../../../plane/users.ts";
import { changed, modelActivity } from "../../../plane/webhooks.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Failure, Invalid, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { pageOf, paginated, pick } from "../../pagination.ts";
import { projectBase, scope } from "../../permissions.ts";
import { type Call, keyRoute } from "../../views.ts";
import { deleteProject } from "../app/projects.ts";

const PEOPLE = `(SELECT count(*) FROM project_members x JOIN users u ON u.id = x.member_id
  WHERE x.project_id = p.id AND x.is_active AND x.deleted_at IS NULL AND NOT u.is_bot) AS total_members`;
const BEGIN = `p.id, ${PEOPLE}, 0 AS total_cycles, 0 AS total_modules, m.id IS NOT NULL AS is_member`;
const DETAIL = `${BEGIN}, m.role AS member_role, false AS is_deployed, ${PROJECT}`;
const LISTED = `${BEGIN}, m.sort_order, m.role AS member_role, false AS is_deployed, ${PROJECT}`;
const SEEN = `projects p LEFT JOIN project_members m
    ON m.project_id = p.id AND m.member_id = $2 AND m.is_active AND m.deleted_at IS NULL
  WHERE p.workspace_id = $1 AND p.deleted_at IS NULL AND (m.id IS NOT NULL OR p.network = 2)`;

/** Projects that the account is in, and the public ones. No filter is looked at. */
export const keyProjects: Route = keyRoute("/api/v1/workspaces/<slug>/projects/", "GET, POST", projectBase, {
  GET: async (request, { database, user }) => {
    const page = pageOf(request);
    const rows = await all(
      database,
      `SELECT ${LISTED} FROM ${SEEN} ORDER BY m.sort_order NULLS LAST, p.created_at`,
      [scope(request).workspace_id, user.id],
    );
    const shown = rows.slice(page.offset, page.offset + page.limit).map((row) => pick(request, row));
    return json(200, paginated(page, rows.length, shown));
  },
  POST: async (request, call) => {
    const { database, user } = call;
    const workspace = scope(request).workspace_id;
    const fields = new Fields(data(request), { partial: false });
    await checkProject(fields, database);
    const { id } = await createProject(database, fields.values, workspace, user.id).catch(nameTaken);
    await addProjectMember(database, { workspace, project: id, member: user.id, role: 20, by: user.id });
    // Plane fails here with the project and its first member written, and no states.
    if (fields.values["project_lead_id"]) throw new Invalid();
    await addDefaultStates(database, id, workspace, user.id);
    await modelActivity(request, call, { event: "project", id });
    return json(201, await find(id, workspace, call));
  },
});

/** One project. */
export const keyProject: Route = keyRoute(
  "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/",
  "GET, PATCH, DELETE",
  projectBase,
  {
    GET: async (request, call) => {
      const found = await find(request.params["project_id"], scope(request).workspace_id, call);
      return json(200, pick(request, await expand(request, found, call)));
    },
    PATCH: async (request, call) => {
      const workspace = scope(request).workspace_id;
      const { project_id: id = "" } = request.params;
      const before = await find(id, workspace, call);
      if (before["archived_at"] !== null) throw badRequest({ error: "Archived project cannot be updated" });
      const body = data(request);
      const fields = new Fields(body, { partial: true });
      await checkProject(fields, call.database);
      const values = { ...fields.values, updated_by_id: call.user.id };
      await update(call.database, "projects", id, values, "id").catch(nameTaken);
      await modelActivity(request, call, { event: "project", id, changes: changed(before, body) });
      return json(200, await find(id, workspace, call));
    },
    DELETE: async (request, call) => {
      await find(request.params["project_id"], scope(request).workspace_id, call);
      await deleteProject(request, call);
      return nothing();
    },
  },
);

/** Archives a project and brings it back. */
export const archiveProject: Route = keyRoute(
  "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/archive/",
  "POST, DELETE",
  projectBase,
  {
    POST: async ({ params }, { database }) => {
      await update(database, "projects", params["project_id"], { archived_at: new Date().toISOString() });
      return nothing();
    },
    DELETE: async ({ params }, { database }) => {
      await update(database, "projects", params["project_id"], { archived_at: null });
      return nothing();
    },
  },
);

async function find(
  id: unknown,
  workspace: string,
  { database, user }: Call,
): Promise<Record<string, unknown>> {
  const found = await one(database, `SELECT ${DETAIL} FROM ${SEEN} AND p.id = $3`, [workspace, user.id, id]);
  if (found === undefined) throw new Missing();
  return found;
}

/** `expand=`: people and the workspace as objects, an empty one where there is nobody. */
async function expand(
  request: Request,
  row: Record<string, unknown>,
  { database }: Call,
): Promise<Record<string, unknown>> {
  const wanted = request.query.get("expand")?.split(",") ?? [];
  for (const name of wanted.filter((name) => ["project_lead", "default_assignee"].includes(name))) {
    row[name] = (await one(database, `SELECT ${USER_LITE} FROM users WHERE id = $1`, [row[name]])) ?? {};
  }
  if (wanted.includes("workspace")) {
    row["workspace"] = await one(database, "SELECT name, slug, id FROM workspaces WHERE id = $1", [
      row["workspace"],
    ]);
  }
  return row;
}

function nameTaken(error: unknown): never {
  throw isDuplicate(error) ? new Failure(409, { name: "The project name is already taken" }) : error;
}
