import { all } from "../../../database.ts";
import { data } from "../../body.ts";
import { json, type Route } from "../../exchange.ts";
import { badRequest } from "../../failure.ts";
import { ADMIN, GUEST, requireProjectRole } from "../../permissions.ts";
import { sessionRoute } from "../../views.ts";

const PLACE = `id, role, member_id AS member, project_id AS project, role AS original_role, created_at`;

/** Active members of a project with their roles; adding somebody who left brings the old place back. */
export const projectMembers: Route = sessionRoute(
  "/api/workspaces/<slug>/projects/<uuid:project_id>/members/",
  "GET, POST, HEAD, OPTIONS",
  {
    GET: async (request, call) => {
      await requireProjectRole(request, call, GUEST);
      const rows = await all(
        call.database,
        `SELECT ${PLACE} FROM project_members WHERE project_id = $1 AND is_active AND deleted_at IS NULL
         ORDER BY created_at DESC`,
        [request.params["project_id"]],
      );
      return json(200, rows);
    },
    POST: async (request, call) => {
      const scope = await requireProjectRole(request, call, ADMIN);
      const members = (data(request)["members"] ?? []) as { member_id: string; role?: number }[];
      if (members.length === 0) throw badRequest({ error: "At least one member is required" });
      await call.database.query(
        `INSERT INTO project_members (workspace_id, project_id, member_id, role, created_by_id)
         SELECT $1, $2, member, role, $3 FROM unnest($4::uuid[], $5::smallint[]) AS m (member, role)
         ON CONFLICT (project_id, member_id) WHERE deleted_at IS NULL
         DO UPDATE SET is_active = true, role = excluded.role, updated_at = clock_timestamp()`,
        [
          scope.workspace_id,
          scope.project_id,
          call.user.id,
          members.map(({ member_id: member }) => member),
          members.map(({ role = 5 }) => role),
        ],
      );
      const rows = await all(
        call.database,
        `SELECT ${PLACE} FROM project_members WHERE project_id = $1 AND member_id = ANY ($2)
         ORDER BY created_at DESC`,
        [scope.project_id, members.map(({ member_id: member }) => member)],
      );
      return json(201, rows);
    },
  },
);
