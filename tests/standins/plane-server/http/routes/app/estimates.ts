import { all, insert, one } from "../../../database.ts";
import { type Body, data } from "../../body.ts";
import { json, type Route } from "../../exchange.ts";
import { MEMBER, requireProjectRole } from "../../permissions.ts";
import { sessionRoute } from "../../views.ts";

const META = `created_at, updated_at, deleted_at, description, created_by_id AS created_by,
  updated_by_id AS updated_by, project_id AS project, workspace_id AS workspace`;

/** A project's scale for estimates with its points. */
export const estimates: Route = sessionRoute(
  "/api/workspaces/<slug>/projects/<uuid:project_id>/estimates/",
  "GET, POST, HEAD, OPTIONS",
  {
    POST: async (request, call) => {
      const { workspace_id, project_id } = await requireProjectRole(request, call, MEMBER);
      const { database, user } = call;
      const { estimate = {}, estimate_points: wanted = [] } = data(request) as {
        estimate?: Body;
        estimate_points?: Body[];
      };
      const made = await insert(
        database,
        "estimates",
        {
          name: estimate["name"],
          type: estimate["type"] ?? "categories",
          last_used: estimate["last_used"] ?? false,
          workspace_id,
          project_id,
          created_by_id: user.id,
        },
        "id",
      );
      for (const { key, value } of wanted) {
        await insert(database, "estimate_points", {
          key,
          value,
          estimate_id: made["id"],
          workspace_id,
          project_id,
          created_by_id: user.id,
          updated_by_id: user.id,
        });
      }
      const points = await all(
        database,
        `SELECT id, key, value, ${META}, estimate_id AS estimate FROM estimate_points WHERE estimate_id = $1
         ORDER BY value`,
        [made["id"]],
      );
      const row = await one(
        database,
        `SELECT id, name, type, last_used, ${META} FROM estimates WHERE id = $1`,
        [made["id"]],
      );
      return json(200, { ...row, points });
    },
  },
);
