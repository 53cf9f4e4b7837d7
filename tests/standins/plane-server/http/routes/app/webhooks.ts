import { randomUUID } from "node:crypto";
import { all, insert, isDuplicate, one, softDelete, update } from "../../../database.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Failure, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { ADMIN, requireWorkspaceRole } from "../../permissions.ts";
import { type Call, sessionRoute } from "../../views.ts";
import { checkReachable, checkUrl } from "../../webhook-url.ts";

const ALLOW = "GET, POST, PATCH, DELETE, HEAD, OPTIONS";
const EVENTS = ["project", "issue", "module", "cycle", "issue_comment"];
const WEBHOOK = `id, url, created_at, updated_at, deleted_at, is_active, secret_key, project, issue, module, cycle,
  issue_comment, is_internal, version, created_by_id AS created_by, updated_by_id AS updated_by,
  workspace_id AS workspace`;

/** Webhooks of a workspace, for its admins. The secret is the server's own, and always shown. */
export const webhooks: Route = sessionRoute("/api/workspaces/<slug>/webhooks/", ALLOW, {
  GET: async (request, call) => {
    const { workspace_id: workspace } = await requireWorkspaceRole(request, call, ADMIN);
    const rows = await all(
      call.database,
      `SELECT ${WEBHOOK} FROM webhooks WHERE workspace_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC`,
      [workspace],
    );
    return json(200, rows);
  },
  POST: async (request, call) => {
    const { workspace_id: workspace } = await requireWorkspaceRole(request, call, ADMIN);
    const fields = checked(request, { partial: false });
    await checkReachable(String(fields.values["url"]), call.settings, request.headers.host);
    try {
      const made = await insert(
        call.database,
        "webhooks",
        { ...fields.values, workspace_id: workspace, secret_key: newSecret(), created_by_id: call.user.id },
        WEBHOOK,
      );
      return json(201, made);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      throw new Failure(409, { error: "URL already exists for the workspace" });
    }
  },
});

/** One webhook. A new URL may be one that a new webhook could not have. */
export const webhook: Route = sessionRoute("/api/workspaces/<slug>/webhooks/<uuid:pk>/", ALLOW, {
  GET: async (request, call) => json(200, await find(request, call)),
  PATCH: async (request, call) => {
    const { id } = await find(request, call);
    const { values } = checked(request, { partial: true });
    if (values["url"] !== undefined) {
      await checkReachable(String(values["url"]), call.settings, undefined);
    }
    const changes = { ...values, updated_by_id: call.user.id };
    return json(200, await update(call.database, "webhooks", id, changes, WEBHOOK));
  },
  DELETE: async (request, call) => {
    const { id } = await find(request, call);
    await softDelete(call.database, "webhooks", id);
    return nothing();
  },
});

/** A new secret for a webhook. */
export const regenerate: Route = sessionRoute(
  "/api/workspaces/<slug>/webhooks/<uuid:pk>/regenerate/",
  "POST, OPTIONS",
  {
    POST: async (request, call) => {
      const { id } = await find(request, call);
      const changes = { secret_key: newSecret(), updated_by_id: call.user.id };
      return json(200, await update(call.database, "webhooks", id, changes, WEBHOOK));
    },
  },
);

function checked(request: Request, options: { partial: boolean }): Fields {
  const fields = new Fields(data(request), options);
  fields.text("url", { required: true, max: 1024, blank: false });
  for (const flag of [...EVENTS, "is_active"]) fields.flag(flag);
  const { url } = fields.values;
  const errors = typeof url === "string" ? checkUrl(url) : [];
  if (errors.length > 0) throw badRequest({ url: errors });
  fields.check();
  return fields;
}

async function find(request: Request, call: Call): Promise<Record<string, unknown>> {
  const { workspace_id: workspace } = await requireWorkspaceRole(request, call, ADMIN);
  const found = await one(
    call.database,
    `SELECT ${WEBHOOK} FROM webhooks WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL`,
    [request.params["pk"], workspace],
  );
  if (found === undefined) throw new Missing();
  return found;
}

function newSecret(): string {
  return `plane_wh_${randomUUID().replaceAll("-", "")}`;
}
