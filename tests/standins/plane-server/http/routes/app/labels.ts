import { all } from "../../../database.ts";
import { json, type Route } from "../../exchange.ts";
import { GUEST, requireWorkspaceRole } from "../../permissions.ts";
import { sessionRoute } from "../../views.ts";

/** The labels of all projects that the account is in. */
export const workspaceLabels: Route = sessionRoute("/api/workspaces/<slug>/labels/", "GET, HEAD, OPTIONS", {
  GET: async (request, call) => {
    const { workspace_id: workspace } = await requireWorkspaceRole(request, call, GUEST);
    const rows = await all(
      call.database,
      `SELECT l.parent_id AS parent, l.name, l.color, l.id, l.project_id, l.workspace_id, l.sort_order
       FROM labels l JOIN project_members m ON m.project_id = l.project_id AND m.member_id = $2 AND m.is_active
       WHERE l.workspace_id = $1 AND l.deleted_at IS NULL AND m.deleted_at IS NULL ORDER BY l.created_at DESC`,
      [workspace, call.user.id],
    );
    return json(200, rows);
  },
});
