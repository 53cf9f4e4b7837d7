import { all, isDuplicate, one, update } from "../../../database.ts";
import { addProjectMember } from "../../../plane/projects.ts";
import { USER_LITE } from "../../../plane/users.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { projectAdmin, scope, workspaceMember } from "../../permissions.ts";
import { type Call, keyRoute } from "../../views.ts";

const ROLES = [20, 15, 5];

/** Everybody who has or had a place in the workspace, with the role. */
export const workspaceMembers: Route = keyRoute(
  "/api/v1/workspaces/<slug>/members/",
  "GET",
  workspaceMember,
  {
    GET: async (request, { database }) =>
      json(
        200,
        await all(
          database,
          `SELECT u.id, u.first_name, u.last_name, u.email, u.avatar, NULL AS avatar_url, u.display_name, m.role
           FROM workspace_members m JOIN users u ON u.id = m.member_id
           WHERE m.workspace_id = $1 AND m.deleted_at IS NULL ORDER BY m.created_at DESC`,
          [scope(request).workspace_id],
        ),
      ),
  },
);

/** Everybody who has or had a place in the project: people without roles, the removed included. */
export const projectMembers: Route = keyRoute(
  "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/(?:members|project-members)/",
  "GET, POST",
  projectAdmin,
  {
    GET: async (request, { database }) =>
      json(
        200,
        await all(
          database,
          `SELECT ${USER_LITE} FROM users WHERE id IN (
             SELECT member_id FROM project_members WHERE project_id = $1 AND deleted_at IS NULL)
           ORDER BY created_at DESC`,
          [request.params["project_id"]],
        ),
      ),
    POST: async (request, call) => {
      const { database, user } = call;
      const fields = new Fields(data(request), { partial: false });
      await fields.reference(
        "member",
        "member",
        async (id) => (await one(database, "SELECT id FROM users WHERE id = $1", [id])) !== undefined,
        { required: true },
      );
      fields.choice("role", ROLES);
      fields.check();
      const { member, role = 5 } = fields.values;
      const { workspace_id: workspace, project_id: project } = scope(request);
      const known = await one(
        database,
        "SELECT id FROM workspace_members WHERE workspace_id = $1 AND member_id = $2 AND is_active",
        [workspace, member],
      );
      if (known === undefined) {
        throw badRequest({ non_field_errors: ["User is not a member of the workspace"] });
      }
      // Somebody who was removed still stands in the way; only the session API brings them back.
      const place = await addProjectMember(database, { workspace, project, member, role, by: user.id }).catch(
        (error) => {
          throw isDuplicate(error) ? badRequest({ error: "The payload is not valid" }) : error;
        },
      );
      return json(201, place);
    },
  },
);

/** One place in a project, by its own id and not by the person's. */
export const projectMember: Route = keyRoute(
  "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/(?:members|project-members)/<uuid:pk>/",
  "PATCH, DELETE, GET",
  projectAdmin,
  {
    GET: async (request, call) => {
      const { member } = await find(request, call);
      return json(200, await one(call.database, `SELECT ${USER_LITE} FROM users WHERE id = $1`, [member]));
    },
    PATCH: async (request, call) => {
      const { id } = await find(request, call);
      const fields = new Fields(data(request), { partial: true });
      fields.choice("role", ROLES);
      fields.check();
      const values = { ...fields.values, updated_by_id: call.user.id };
      return json(
        200,
        await update(call.database, "project_members", id, values, "id, member_id AS member, role"),
      );
    },
    DELETE: async (request, call) => {
      const { id } = await find(request, call);
      await update(call.database, "project_members", id, { is_active: false }, "id");
      return nothing();
    },
  },
);

async function find({ params }: Request, { database }: Call): Promise<Record<string, unknown>> {
  const found = await one(
    database,
    `SELECT id, member_id AS member FROM project_members
     WHERE id = $1 AND project_id = $2 AND is_active AND deleted_at IS NULL`,
    [params["pk"], params["project_id"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}
