import { nothing, type Route } from "../../exchange.ts";
import { ADMIN, requireProjectRole } from "../../permissions.ts";
import { sessionRoute } from "../../views.ts";

/** Makes a state the project's only default. */
export const markDefault: Route = sessionRoute(
  "/api/workspaces/<slug>/projects/<uuid:project_id>/states/<uuid:pk>/mark-default/",
  "POST, OPTIONS",
  {
    POST: async (request, call) => {
      await requireProjectRole(request, call, ADMIN);
      await call.database.query(
        `UPDATE states SET "default" = (id = $2)
         WHERE project_id = $1 AND deleted_at IS NULL AND ("default" OR id = $2)`,
        [request.params["project_id"], request.params["pk"]],
      );
      return nothing();
    },
  },
);
