import { all, one } from "../../../database.ts";
import { ACTIVITY } from "../../../plane/activities.ts";
import { json, type Route } from "../../exchange.ts";
import { Missing } from "../../failure.ts";
import { pageOf, paginated, pick } from "../../pagination.ts";
import { projectEntity } from "../../permissions.ts";
import { keyRoute } from "../../views.ts";
import { ITEMS } from "./work-items.ts";

const OWN = "issue_id = $1 AND project_id = $2 AND deleted_at IS NULL";

/** The history of a work item, oldest first; its comments are not part of it. */
export const activities: Route = keyRoute(`${ITEMS}<uuid:issue_id>/activities/`, "GET", projectEntity, {
  GET: async (request, { database }) => {
    const page = pageOf(request);
    const order = request.query.get("order_by") ?? "created_at";
    const [, descending, field] = /^(-?)(created_at|updated_at|epoch)$/.exec(order) ?? [];
    if (field === undefined) throw new Error(`Cannot resolve keyword '${order}' into field.`);
    const direction = descending === "-" ? "DESC" : "ASC";
    const rows = await all(
      database,
      `SELECT ${ACTIVITY} FROM issue_activities WHERE ${OWN}
       ORDER BY ${field} ${direction}, position ${direction}`,
      [request.params["issue_id"], request.params["project_id"]],
    );
    const shown = rows.slice(page.offset, page.offset + page.limit).map((row) => pick(request, row));
    return json(200, paginated(page, rows.length, shown));
  },
});

/** One entry of the history. */
export const activity: Route = keyRoute(
  `${ITEMS}<uuid:issue_id>/activities/<uuid:pk>/`,
  "GET",
  projectEntity,
  {
    GET: async (request, { database }) => {
      const { issue_id: issue, project_id: project, pk } = request.params;
      const found = await one(database, `SELECT ${ACTIVITY} FROM issue_activities WHERE ${OWN} AND id = $3`, [
        issue,
        project,
        pk,
      ]);
      if (found === undefined) throw new Missing();
      return json(200, pick(request, found));
    },
  },
);
