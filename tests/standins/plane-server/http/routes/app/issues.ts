import { one, type Row, softDelete } from "../../../database.ts";
import { recordChanges } from "../../../plane/issue-changes.ts";
import { checkIssue, SESSION_NAMES, updateIssue } from "../../../plane/issue-writes.ts";
import { ISSUE } from "../../../plane/issues.ts";
import { recordRelationRemoval } from "../../../plane/relation-activities.ts";
import { changed, modelActivity } from "../../../plane/webhooks.ts";
import { data } from "../../body.ts";
import { nothing, type Request, type Route } from "../../exchange.ts";
import { Missing } from "../../failure.ts";
import { MEMBER, requireProjectRole } from "../../permissions.ts";
import { type Call, sessionRoute } from "../../views.ts";

const ISSUE_PATH = "/api/workspaces/<slug>/projects/<uuid:project_id>/issues/<uuid:issue_id>/";

/** What Plane's pages send when a person edits a work item; the fields have names of their own. */
export const issue: Route = sessionRoute(ISSUE_PATH, "GET, PUT, PATCH, DELETE, HEAD, OPTIONS", {
  PATCH: async (request, call) => {
    const scope = await requireProjectRole(request, call, MEMBER);
    const before = await find(request, call);
    const body = data(request);
    const input = await checkIssue(call.database, body, scope, { partial: true, names: SESSION_NAMES });
    const id = String(before["id"]);
    await updateIssue(call.database, id, input, call.user.id);
    const changes = changed(before, body);
    await recordChanges(call.database, id, call.user.id, changes);
    await modelActivity(request, call, { event: "issue", id, changes });
    return nothing();
  },
});

/** Removes a relation; one that is not there is a server error. */
export const removeRelation: Route = sessionRoute(`${ISSUE_PATH}remove-relation/`, "POST, OPTIONS", {
  POST: async (request, call) => {
    await requireProjectRole(request, call, MEMBER);
    const { issue_id: issue = "" } = request.params;
    const { related_issue: related, relation_type: type } = data(request);
    const found = await one(
      call.database,
      `SELECT id FROM issue_relations WHERE deleted_at IS NULL AND
         ((issue_id = $1 AND related_issue_id = $2) OR (issue_id = $2 AND related_issue_id = $1))
       ORDER BY created_at DESC LIMIT 1`,
      [issue, related],
    );
    if (found === undefined) throw new Error("'NoneType' object has no attribute 'delete'");
    await softDelete(call.database, "issue_relations", found["id"]);
    await recordRelationRemoval(call.database, call.user.id, issue, String(type), String(related));
    return nothing();
  },
});

async function find({ params }: Request, { database }: Call): Promise<Row> {
  const found = await one(
    database,
    `SELECT ${ISSUE} FROM issues i WHERE i.id = $1 AND i.project_id = $2 AND i.deleted_at IS NULL`,
    [params["issue_id"], params["project_id"]],
  );
  if (found === undefined) throw new Missing();
  const { state, parent, labels, assignees } = found;
  return { ...found, state_id: state, parent_id: parent, label_ids: labels, assignee_ids: assignees };
}
