import { randomUUID } from "node:crypto";
import { all, insert, one, type Row, softDelete, update } from "../../../database.ts";
import { recordActivities } from "../../../plane/activities.ts";
import { isAttachmentType } from "../../../plane/attachment-types.ts";
import { downloadUrl, OBJECT_METADATA, uploadData } from "../../../plane/storage.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Failure, Missing } from "../../failure.ts";
import { projectEntity, scope } from "../../permissions.ts";
import { type Call, keyRoute, redirect } from "../../views.ts";
import { find as findIssue, ITEMS } from "./work-items.ts";

const ATTACHMENT = `id, created_at, updated_at, deleted_at, attributes, asset, entity_type,
  NULL AS entity_identifier, is_deleted, is_archived, external_id, external_source, size, is_uploaded,
  storage_metadata, created_by_id AS created_by, updated_by_id AS updated_by, NULL AS "user",
  workspace_id AS workspace, NULL AS draft_issue, project_id AS project, issue_id AS issue, NULL AS comment,
  NULL AS page`;
const LIVE = "entity_type = 'ISSUE_ATTACHMENT' AND deleted_at IS NULL";
const PATH = `${ITEMS}<uuid:issue_id>/(?:issue-)?attachments/`;

/** Files of a work item: those that were confirmed, newest first. A new one gets a form to upload it with. */
export const attachments: Route = keyRoute(PATH, "GET, POST", projectEntity, {
  GET: async (request, { database }) => {
    const rows = await all(
      database,
      `SELECT ${ATTACHMENT} FROM file_assets
       WHERE issue_id = $1 AND project_id = $2 AND is_uploaded AND ${LIVE} ORDER BY created_at DESC`,
      [request.params["issue_id"], request.params["project_id"]],
    );
    return json(200, rows);
  },
  POST: async (request, call) => {
    const { database, user, settings } = call;
    const issue = await findIssue(request, call);
    const body = data(request);
    const { type, size, external_id, external_source } = body;
    const name = String(body["name"] ?? "")
      .split(/[/\\]/)
      .at(-1);
    if (!name || !size) throw invalid("Invalid request.");
    if (typeof size !== "number") throw new Error("'<' not supported between instances of 'int' and 'str'");
    if (!isAttachmentType(type)) throw invalid("Invalid file type.");
    const maxBytes = Math.min(size, settings.fileSizeLimit);
    if (external_id && external_source) {
      const taken = await one(
        database,
        `SELECT id FROM file_assets
         WHERE issue_id = $1 AND external_source = $2 AND external_id = $3 AND ${LIVE} ORDER BY created_at DESC`,
        [issue["id"], external_source, external_id],
      );
      if (taken !== undefined) {
        const error = "Issue with the same external id and external source already exists";
        throw new Failure(409, { error, id: taken["id"] });
      }
    }
    const { workspace_id, project_id } = scope(request);
    const key = `${workspace_id}/${randomUUID().replaceAll("-", "")}-${name}`;
    const attachment = await insert(
      database,
      "file_assets",
      {
        attributes: JSON.stringify({ name, type, size: maxBytes }),
        asset: key,
        size: maxBytes,
        entity_type: "ISSUE_ATTACHMENT",
        external_id,
        external_source,
        issue_id: issue["id"],
        project_id,
        workspace_id,
        created_by_id: user.id,
      },
      ATTACHMENT,
    );
    const { slug } = request.params;
    return json(200, {
      upload_data: uploadData(request, settings.storage, { key, type, maxBytes }),
      asset_id: attachment["id"],
      attachment,
      asset_url: `/api/assets/v2/workspaces/${slug}/projects/${project_id}/issues/${issue["id"]}/attachments/${attachment["id"]}/`,
    });
  },
});

/** One file: a GET leads to the store, a PATCH of whatever content confirms the upload, unchecked. */
export const attachment: Route = keyRoute(`${PATH}<uuid:pk>/`, "GET, PATCH, DELETE", projectEntity, {
  GET: async (request, call) => {
    const { is_uploaded: isUploaded, asset, attributes } = await find(request, call);
    if (!isUploaded) throw invalid("The asset is not uploaded.");
    const { name } = attributes as { name: string };
    return redirect(downloadUrl(request, call.settings.storage, String(asset), name));
  },
  PATCH: async (request, call) => {
    const { database, user, broker } = call;
    const issue = await findIssue(request, call);
    const { id, asset, is_uploaded: isUploaded, storage_metadata: metadata } = await find(request, call);
    if (!isUploaded) {
      await recordActivities(database, String(issue["id"]), user.id, [
        {
          verb: "created",
          field: "attachment",
          comment: "created an attachment",
          new_value: asset,
          new_identifier: id,
        },
      ]);
    }
    await update(database, "file_assets", id, {
      is_uploaded: true,
      updated_by_id: user.id,
      // Whoever confirms first is the author.
      ...(isUploaded ? {} : { created_by_id: user.id }),
    });
    if (Object.keys(metadata as Row).length === 0) await broker.publish(OBJECT_METADATA, { asset_id: id });
    return nothing();
  },
  DELETE: async (request, call) => {
    const { database, user } = call;
    const issue = await findIssue(request, call);
    const { id } = await find(request, call);
    await softDelete(database, "file_assets", id);
    await recordActivities(database, String(issue["id"]), user.id, [
      { verb: "deleted", field: "attachment", comment: "deleted the attachment" },
    ]);
    return nothing();
  },
});

async function find({ params }: Request, { database }: Call): Promise<Row> {
  const found = await one(
    database,
    `SELECT ${ATTACHMENT} FROM file_assets WHERE id = $1 AND project_id = $2 AND ${LIVE}`,
    [params["pk"], params["project_id"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}

function invalid(error: string): Failure {
  return badRequest({ error, status: false });
}
