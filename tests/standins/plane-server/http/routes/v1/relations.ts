import { all } from "../../../database.ts";
import { recordRelations } from "../../../plane/relation-activities.ts";
import { RELATION_TYPES, relationsOf, stored } from "../../../plane/relations.ts";
import { data } from "../../body.ts";
import { json, type Route } from "../../exchange.ts";
import { badRequest } from "../../failure.ts";
import { Fields, isUuid } from "../../fields.ts";
import { projectEntity, scope } from "../../permissions.ts";
import { keyRoute } from "../../views.ts";
import { find, ITEMS } from "./work-items.ts";

/**
 * Relations of a work item. One per ordered pair is kept: a second of another kind is answered as if it had been
 * written, and is not.
 */
export const relations: Route = keyRoute(`${ITEMS}<uuid:issue_id>/relations/`, "GET, POST", projectEntity, {
  GET: async (request, call) => {
    const rows = await relationsOf(call.database, String(request.params["issue_id"]));
    return json(
      200,
      Object.fromEntries(
        Object.entries(rows).map(([type, others]) => [
          type,
          others.map(({ project_id, id }) => ({ project_id, issue_id: id })),
        ]),
      ),
    );
  },
  POST: async (request, call) => {
    const { database, user } = call;
    const body = data(request);
    const fields = new Fields(body, { partial: false });
    fields.choice("relation_type", RELATION_TYPES, { required: true });
    const issues = (body["issues"] ?? []) as string[];
    if (!Array.isArray(issues) || issues.length === 0) fields.fail("issues", "This field is required.");
    fields.check();
    const { id } = await find(request, call);
    if (issues.some((issue) => !isUuid(issue))) throw badRequest({ issues: ["Must be a valid UUID."] });
    const wanted = String(fields.values["relation_type"]);
    const { type, reversed } = stored(wanted);
    const { workspace_id: workspace, project_id: project } = scope(request);
    await database.query(
      `INSERT INTO issue_relations
         (issue_id, related_issue_id, relation_type, workspace_id, project_id, created_by_id, updated_by_id)
       SELECT CASE WHEN $6 THEN other ELSE $1::uuid END, CASE WHEN $6 THEN $1::uuid ELSE other END, $2, $3, $4, $5, $5
       FROM unnest($7::uuid[]) AS other
       ON CONFLICT (issue_id, related_issue_id) WHERE deleted_at IS NULL DO NOTHING`,
      [id, type, workspace, project, user.id, reversed, issues],
    );
    await recordRelations(database, user.id, String(id), wanted, issues);
    const rows = await all(
      database,
      `SELECT i.id, i.project_id, i.sequence_id, $2::text AS relation_type, i.name, i.state_id, i.priority,
         $3::uuid AS created_by, clock_timestamp() AS created_at, clock_timestamp() AS updated_at,
         $3::uuid AS updated_by
       FROM unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, position) JOIN issues i ON i.id = wanted.id
       ORDER BY position`,
      [issues, type, user.id],
    );
    return json(201, rows);
  },
});
