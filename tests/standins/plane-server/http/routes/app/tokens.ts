import { randomBytes, randomUUID } from "node:crypto";
import { all, insert, one, softDelete, update } from "../../../database.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { Invalid, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { type Call, sessionRoute } from "../../views.ts";

const ALLOW = "GET, POST, PATCH, DELETE, HEAD, OPTIONS";
const READ = `id, (expired_at IS NULL OR expired_at > now()) AS is_active, created_at, updated_at, deleted_at, label, description, last_used, user_type, expired_at,
  is_service, allowed_rate_limit, created_by_id AS created_by, updated_by_id AS updated_by, user_id AS "user",
  workspace_id AS workspace`;
const WRITTEN = `id, created_at, updated_at, deleted_at, label, description, is_active, last_used, token, user_type,
  expired_at, is_service, allowed_rate_limit, created_by_id AS created_by, updated_by_id AS updated_by,
  user_id AS "user", workspace_id AS workspace`;

/** The account's API tokens. Their values are shown when they are made or changed, not in the list. */
export const tokens: Route = sessionRoute("/api/users/api-tokens/", ALLOW, {
  GET: async (_request, { database, user }) =>
    json(
      200,
      await all(
        database,
        `SELECT ${READ} FROM api_tokens WHERE user_id = $1 AND NOT is_service AND deleted_at IS NULL
         ORDER BY created_at DESC`,
        [user.id],
      ),
    ),
  POST: async (request, { database, user }) => {
    const { label, description = "", expired_at: expiry = null } = data(request);
    if (expiry !== null && Number.isNaN(Date.parse(String(expiry)))) throw new Invalid();
    const token = await insert(
      database,
      "api_tokens",
      {
        label: label ?? randomUUID().replaceAll("-", ""),
        description,
        expired_at: expiry,
        token: `plane_api_${randomBytes(16).toString("hex")}`,
        user_type: user.is_bot ? 1 : 0,
        user_id: user.id,
        created_by_id: user.id,
      },
      WRITTEN,
    );
    return json(201, token);
  },
});

/** One token of the account. The expiry cannot be changed; service tokens cannot be deleted. */
export const token: Route = sessionRoute("/api/users/api-tokens/<uuid:pk>/", ALLOW, {
  GET: async (request, call) => json(200, await find(request, call)),
  PATCH: async (request, call) => {
    const { id } = await find(request, call);
    const fields = new Fields(data(request), { partial: true });
    fields.text("label", { max: 255 });
    fields.text("description");
    fields.flag("is_active");
    fields.flag("is_service");
    fields.text("allowed_rate_limit", { max: 255 });
    fields.check();
    const values = { ...fields.values, updated_by_id: call.user.id };
    return json(200, await update(call.database, "api_tokens", id, values, WRITTEN));
  },
  DELETE: async (request, call) => {
    const { id, is_service: service } = await find(request, call);
    if (service) throw new Missing();
    await softDelete(call.database, "api_tokens", id);
    return nothing();
  },
});

async function find(request: Request, { database, user }: Call): Promise<Record<string, unknown>> {
  const found = await one(
    database,
    `SELECT ${READ} FROM api_tokens WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL`,
    [request.params["pk"], user.id],
  );
  if (found === undefined) throw new Missing();
  return found;
}
