import { all, one, update } from "../../../database.ts";
import { MEMBER_PROPS, memberRow } from "../../../plane/members.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { ADMIN, GUEST, requireWorkspaceRole } from "../../permissions.ts";
import { type Call, sessionRoute } from "../../views.ts";

/** Active members of a workspace; guests do not see addresses. */
export const members: Route = sessionRoute("/api/workspaces/<slug>/members/", "GET, HEAD, OPTIONS", {
  GET: async (request, call) => {
    const scope = await requireWorkspaceRole(request, call, GUEST);
    const rows = await all(
      call.database,
      `${memberRow({ admin: (scope.workspace_role ?? 0) > GUEST })} AND m.workspace_id = $1
       ORDER BY m.created_at DESC`,
      [scope.workspace_id],
    );
    return json(
      200,
      rows.map((row) => ({ ...row, ...MEMBER_PROPS })),
    );
  },
});

/** One membership: its role, and its end, which also ends the person's places in projects. */
export const member: Route = sessionRoute(
  "/api/workspaces/<slug>/members/<uuid:pk>/",
  "GET, PATCH, DELETE, HEAD, OPTIONS",
  {
    PATCH: async (request, call) => {
      await requireWorkspaceRole(request, call, ADMIN);
      const { id, member_id: person } = await find(request, call);
      if (person === call.user.id) throw badRequest({ error: "You cannot update your own role" });
      const fields = new Fields(data(request), { partial: true });
      fields.choice("role", [20, 15, 5]);
      fields.text("company_role", { nullable: true });
      fields.check();
      const values = { ...fields.values, updated_by_id: call.user.id };
      await update(call.database, "workspace_members", id, values, "id");
      const row = await one(call.database, `${memberRow({ admin: false })} AND m.id = $1`, [id]);
      return json(200, { ...row, ...MEMBER_PROPS });
    },
    DELETE: async (request, call) => {
      await requireWorkspaceRole(request, call, ADMIN);
      const { id, member_id: person, workspace_id: workspace } = await find(request, call);
      if (person === call.user.id) {
        throw badRequest({
          error: "You cannot remove yourself from the workspace. Please use leave workspace",
        });
      }
      await call.database.query(
        `WITH places AS (
           UPDATE project_members SET is_active = false WHERE workspace_id = $2 AND member_id = $3)
         UPDATE workspace_members SET is_active = false, updated_at = clock_timestamp() WHERE id = $1`,
        [id, workspace, person],
      );
      return nothing();
    },
  },
);

async function find({ params }: Request, { database }: Call): Promise<Record<string, unknown>> {
  const found = await one(
    database,
    `SELECT m.* FROM workspace_members m JOIN workspaces w ON w.id = m.workspace_id
     WHERE m.id = $1 AND w.slug = $2 AND m.is_active AND m.deleted_at IS NULL`,
    [params["pk"], params["slug"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}
