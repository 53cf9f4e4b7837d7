import { all, one, type Row } from "../../../database.ts";
import { recordCreation } from "../../../plane/activities.ts";
import { SOFT_DELETE } from "../../../plane/deletion.ts";
import { recordChanges } from "../../../plane/issue-changes.ts";
import { checkIssue, createIssue, KEY_NAMES, updateIssue } from "../../../plane/issue-writes.ts";
import { expanded, ISSUE, issueColumns, issueOrder } from "../../../plane/issues.ts";
import { changed, modelActivity } from "../../../plane/webhooks.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { Failure, Missing } from "../../failure.ts";
import { pageOf, paginated, pick } from "../../pagination.ts";
import { ADMIN, projectEntity, scope, workspaceMember } from "../../permissions.ts";
import { type Call, keyRoute } from "../../views.ts";

/** Both names of the same thing. */
export const ITEMS = "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/(?:work-items|issues)/";
const LIVE = `i.deleted_at IS NULL AND NOT i.is_draft AND i.archived_at IS NULL
  AND i.project_id IN (SELECT id FROM projects WHERE archived_at IS NULL)`;

/** Work items of a project, unfiltered; with external_id and external_source together, one object. */
export const workItems: Route = keyRoute(ITEMS, "GET, POST", projectEntity, {
  GET: async (request, call) => {
    const { query, params } = request;
    const columns = issueColumns(query.get("expand"));
    const [source, external] = [query.get("external_source"), query.get("external_id")];
    if (source && external) {
      const found = await all(
        call.database,
        `SELECT ${columns} FROM issues i WHERE i.project_id = $1 AND i.external_source = $2
           AND i.external_id = $3 AND i.deleted_at IS NULL`,
        [params["project_id"], source, external],
      );
      if (found.length > 1) throw new Error("get() returned more than one Issue");
      if (found[0] === undefined) throw new Missing();
      return json(200, pick(request, expanded(found[0])));
    }
    const page = pageOf(request);
    const order = issueOrder(query.get("order_by") ?? "-created_at");
    const rows = await all(
      call.database,
      `SELECT ${columns} FROM issues i WHERE i.project_id = $1 AND ${LIVE} ORDER BY ${order} LIMIT $2 OFFSET $3`,
      [params["project_id"], page.limit, page.offset],
    );
    const total = await one<{ count: number }>(
      call.database,
      `SELECT count(*) FROM issues i WHERE i.project_id = $1 AND ${LIVE}`,
      [params["project_id"]],
    );
    const shown = rows.map((row) => pick(request, expanded(row)));
    return json(200, paginated(page, total?.count ?? 0, shown));
  },
  POST: async (request, call) => {
    const { database, user } = call;
    const body = data(request);
    const input = await checkIssue(database, body, scope(request), { partial: false, names: KEY_NAMES });
    const taken = await sameExternal(call, scope(request).project_id, input.values);
    if (taken !== undefined) throw externalTaken(taken);
    const id = await createIssue(
      database,
      await withDefaultAssignee(input, request, call),
      scope(request),
      user.id,
    );
    const made = await one(database, `SELECT ${ISSUE} FROM issues i WHERE i.id = $1`, [id]);
    // The answer still shows the real author and time; the next read shows the given ones.
    const { created_at: at, created_by: by } = body;
    if (at || by) {
      await database.query(
        "UPDATE issues SET created_at = coalesce($2, created_at), created_by_id = coalesce($3, created_by_id) WHERE id = $1",
        [id, at ?? null, by ?? null],
      );
    }
    await recordCreation(database, id);
    await modelActivity(request, call, { event: "issue", id });
    return json(201, made);
  },
});

/** One work item. Only its author and project admins delete it; the worker deletes its children a moment later. */
export const workItem: Route = keyRoute(`${ITEMS}<uuid:pk>/`, "GET, PATCH, DELETE", projectEntity, {
  GET: async (request, call) => {
    const found = await find(request, call, issueColumns(request.query.get("expand")));
    return json(200, pick(request, expanded(found)));
  },
  PATCH: async (request, call) => {
    const { database, user } = call;
    const before = await find(request, call);
    const body = data(request);
    const input = await checkIssue(database, body, scope(request), { partial: true, names: KEY_NAMES });
    const external = { external_source: before["external_source"], ...input.values };
    const same = input.values["external_id"] === before["external_id"];
    // The answer names the work item that was asked for, not the one that has the external id.
    if (!same && (await sameExternal(call, before["project"], external)) !== undefined) {
      throw externalTaken(before["id"]);
    }
    const id = String(before["id"]);
    await updateIssue(database, id, input, user.id);
    const changes = changed(before, body);
    await recordChanges(database, id, user.id, changes);
    await modelActivity(request, call, { event: "issue", id, changes });
    return json(200, await find(request, call));
  },
  DELETE: async (request, call) => {
    const found = await find(request, call);
    if (found["created_by"] !== call.user.id && scope(request).project_role !== ADMIN) {
      throw new Failure(403, { error: "Only admin or creator can delete the work item" });
    }
    await call.database.query(
      `WITH r AS (UPDATE issue_relations SET deleted_at = clock_timestamp()
         WHERE (issue_id = $1 OR related_issue_id = $1) AND deleted_at IS NULL)
       UPDATE issues SET deleted_at = clock_timestamp() WHERE id = $1`,
      [found["id"]],
    );
    await call.broker.publish(SOFT_DELETE, { model_name: "issue", instance_id: found["id"] });
    return nothing();
  },
});

/** A work item by its key; the project's identifier counts for the permission, upper case and all. */
export const workItemByKey: Route = keyRoute(
  "/api/v1/workspaces/<slug>/(?:work-items|issues)/<identifier>-<number>/",
  "GET",
  projectEntity,
  {
    GET: async (request, call) => {
      const number = Number(request.params["number"]);
      if (!Number.isInteger(number)) throw new Missing();
      const found = await one(
        call.database,
        `SELECT ${issueColumns(request.query.get("expand"))} FROM issues i
         WHERE i.project_id = $1 AND i.sequence_id = $2 AND i.deleted_at IS NULL`,
        [scope(request).project_id, number],
      );
      if (found === undefined) throw new Missing();
      return json(200, pick(request, expanded(found)));
    },
  },
);

/** Work items whose name or number contains the text. */
export const workItemSearch: Route = keyRoute(
  "/api/v1/workspaces/<slug>/(?:work-items|issues)/search/",
  "GET",
  workspaceMember,
  {
    GET: async (request, { database, user }) => {
      const { query } = request;
      const text = query.get("search") ?? "";
      if (text === "") return json(200, { issues: [] });
      const issues = await all(
        database,
        `SELECT i.name, i.id, i.sequence_id, p.identifier AS "project__identifier", i.project_id,
           w.slug AS "workspace__slug"
         FROM issues i JOIN projects p ON p.id = i.project_id JOIN workspaces w ON w.id = i.workspace_id
         JOIN project_members m ON m.project_id = p.id AND m.member_id = $2 AND m.is_active
         WHERE w.slug = $1 AND ${LIVE} AND ($4::uuid IS NULL OR p.id = $4)
           AND (i.name ILIKE '%' || $3 || '%' OR i.sequence_id::text = $3 OR p.identifier ILIKE '%' || $3 || '%')
         ORDER BY i.created_at DESC LIMIT $5`,
        [
          request.params["slug"],
          user.id,
          text,
          query.get("workspace_search") === "true" ? null : query.get("project_id"),
          Number(query.get("limit") ?? 10),
        ],
      );
      return json(200, { issues });
    },
  },
);

/** The work item that the path names. */
export async function find(
  { params }: Request,
  { database }: Call,
  columns = ISSUE,
): Promise<Record<string, unknown>> {
  const found = await one(
    database,
    `SELECT ${columns} FROM issues i WHERE i.id = $1 AND i.project_id = $2 AND i.deleted_at IS NULL`,
    [params["issue_id"] ?? params["pk"], params["project_id"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}

async function withDefaultAssignee<T extends { assignees: string[] | undefined }>(
  input: T,
  request: Request,
  { database }: Call,
): Promise<T> {
  if (input.assignees !== undefined && input.assignees.length > 0) return input;
  const assignee = await one<{ member_id: string }>(
    database,
    `SELECT m.member_id FROM projects p JOIN project_members m
       ON m.project_id = p.id AND m.member_id = p.default_assignee_id AND m.is_active AND m.role >= 15
     WHERE p.id = $1 AND m.deleted_at IS NULL`,
    [scope(request).project_id],
  );
  return assignee === undefined ? input : { ...input, assignees: [assignee.member_id] };
}

async function sameExternal({ database }: Call, project: unknown, values: Row): Promise<unknown> {
  if (!values["external_id"] || !values["external_source"]) return undefined;
  const found = await one(
    database,
    `SELECT id FROM issues
     WHERE project_id = $1 AND external_source = $2 AND external_id = $3 AND deleted_at IS NULL LIMIT 1`,
    [project, values["external_source"], values["external_id"]],
  );
  return found?.["id"];
}

function externalTaken(id: unknown): Failure {
  const error = "Issue with the same external id and external source already exists";
  return new Failure(409, { error, id });
}
