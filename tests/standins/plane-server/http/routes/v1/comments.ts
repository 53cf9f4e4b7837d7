import { all, insert, one, type Row, softDelete, update } from "../../../database.ts";
import { changed, modelActivity } from "../../../plane/webhooks.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { Failure, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { pageOf, paginated, pick } from "../../pagination.ts";
import { projectEntity, scope } from "../../permissions.ts";
import { type Call, keyRoute } from "../../views.ts";
import { find as findIssue, ITEMS } from "./work-items.ts";

const ACCESS = ["INTERNAL", "EXTERNAL"];
const COMMENT = `id, created_at, updated_at, deleted_at, comment_html, '[]'::jsonb AS attachments, access,
  external_source, external_id, edited_at, created_by_id AS created_by, updated_by_id AS updated_by,
  project_id AS project, workspace_id AS workspace, description_id AS description, issue_id AS issue,
  actor_id AS actor, parent_id AS parent`;
const SEEN = `${COMMENT}, EXISTS (SELECT FROM project_members m WHERE m.project_id = c.project_id
  AND m.member_id = $1 AND m.is_active AND m.deleted_at IS NULL) AS is_member`;

/** Comments of a work item, newest first, stored word for word. */
export const comments: Route = keyRoute(`${ITEMS}<uuid:issue_id>/comments/`, "GET, POST", projectEntity, {
  GET: async (request, { database, user }) => {
    const page = pageOf(request);
    const rows = await all(
      database,
      `SELECT ${SEEN} FROM issue_comments c WHERE issue_id = $2 AND deleted_at IS NULL ORDER BY created_at DESC`,
      [user.id, request.params["issue_id"]],
    );
    const shown = rows.slice(page.offset, page.offset + page.limit).map((row) => pick(request, row));
    return json(200, paginated(page, rows.length, shown));
  },
  POST: async (request, call) => {
    const { database, user } = call;
    const issue = await findIssue(request, call);
    const { values } = checked(request);
    const { workspace_id, project_id } = scope(request);
    const { external_id: external, external_source: source } = values;
    if (external && source) {
      const taken = await one(
        database,
        `SELECT id FROM issue_comments
         WHERE project_id = $1 AND external_source = $2 AND external_id = $3 AND deleted_at IS NULL`,
        [project_id, source, external],
      );
      if (taken !== undefined) {
        const error = "Work item comment with the same external id and external source already exists";
        throw new Failure(409, { error, id: taken["id"] });
      }
    }
    const comment = await insert(
      database,
      "issue_comments",
      {
        ...values,
        issue_id: issue["id"],
        actor_id: user.id,
        workspace_id,
        project_id,
        created_by_id: user.id,
      },
      COMMENT,
    );
    await modelActivity(request, call, { event: "issue_comment", id: String(comment["id"]) });
    // The answer names the author as the last who changed it; the next read does not.
    return json(201, { ...comment, updated_by: user.id });
  },
});

/** One comment; any member of the project may change or delete it. */
export const comment: Route = keyRoute(
  `${ITEMS}<uuid:issue_id>/comments/<uuid:pk>/`,
  "GET, PATCH, DELETE",
  projectEntity,
  {
    GET: async (request, call) => json(200, pick(request, await find(request, call))),
    PATCH: async (request, call) => {
      const before = await find(request, call);
      const { values, body } = checked(request);
      const changes = { ...values, updated_by_id: call.user.id };
      const after = await update(call.database, "issue_comments", before["id"], changes, COMMENT);
      await modelActivity(request, call, {
        event: "issue_comment",
        id: String(before["id"]),
        changes: changed(before, body),
      });
      return json(200, after);
    },
    DELETE: async (request, call) => {
      const { id } = await find(request, call);
      await softDelete(call.database, "issue_comments", id);
      return nothing();
    },
  },
);

function checked(request: Request): Fields {
  const fields = new Fields(data(request), { partial: true });
  const { comment_html: html } = fields.body;
  if (typeof html === "string") fields.values["comment_html"] = html;
  fields.choice("access", ACCESS);
  fields.text("external_source", { nullable: true, max: 255 });
  fields.text("external_id", { nullable: true, max: 255 });
  fields.check();
  return fields;
}

async function find({ params }: Request, { database, user }: Call): Promise<Row> {
  const found = await one(
    database,
    `SELECT ${SEEN} FROM issue_comments c WHERE id = $2 AND issue_id = $3 AND deleted_at IS NULL`,
    [user.id, params["pk"], params["issue_id"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}
