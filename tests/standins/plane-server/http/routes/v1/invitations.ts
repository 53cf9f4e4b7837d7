import { all, insert, isDuplicate, one, softDelete, update } from "../../../database.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { scope, workspaceAdmin } from "../../permissions.ts";
import { type Call, unlimitedKeyRoute } from "../../views.ts";
import { isEmail } from "../auth/forms.ts";

const INVITATION = "id, email, role, created_at, updated_at, responded_at, accepted";

/** Invitations over the key API: without a token, so that only the invited account itself can accept. */
export const keyInvitations: Route = unlimitedKeyRoute(
  "/api/v1/workspaces/<slug>/invitations/",
  "GET, POST, HEAD, OPTIONS",
  workspaceAdmin,
  {
    GET: async (request, { database }) =>
      json(
        200,
        await all(
          database,
          `SELECT ${INVITATION} FROM workspace_member_invites
           WHERE workspace_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC`,
          [scope(request).workspace_id],
        ),
      ),
    POST: async (request, { database, user }) => {
      const fields = new Fields(data(request), { partial: false });
      fields.text("email", { required: true, max: 255, blank: false });
      fields.choice("role", [20, 15, 5]);
      const { email } = fields.values;
      if (typeof email === "string" && !isEmail(email)) fields.fail("email", "Invalid email address");
      fields.check();
      try {
        const made = await insert(
          database,
          "workspace_member_invites",
          { ...fields.values, workspace_id: scope(request).workspace_id, created_by_id: user.id },
          INVITATION,
        );
        return json(201, made);
      } catch (error) {
        throw isDuplicate(error) ? badRequest({ non_field_errors: ["Email already invited"] }) : error;
      }
    },
  },
);

/** One invitation; its address stays. */
export const keyInvitation: Route = unlimitedKeyRoute(
  "/api/v1/workspaces/<slug>/invitations/<uuid:pk>/",
  "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
  workspaceAdmin,
  {
    GET: async (request, call) => json(200, await find(request, call)),
    PATCH: async (request, call) => {
      const { id } = await find(request, call);
      const body = data(request);
      if (body["email"] !== undefined) {
        const error = "Email cannot be updated after invite is created.";
        throw badRequest({ error, code: "EMAIL_CANNOT_BE_UPDATED" });
      }
      const fields = new Fields(body, { partial: true });
      fields.choice("role", [20, 15, 5]);
      fields.check();
      const values = { ...fields.values, updated_by_id: call.user.id };
      return json(200, await update(call.database, "workspace_member_invites", id, values, INVITATION));
    },
    DELETE: async (request, call) => {
      const { id } = await find(request, call);
      await softDelete(call.database, "workspace_member_invites", id);
      return nothing();
    },
  },
);

async function find(request: Request, { database }: Call): Promise<Record<string, unknown>> {
  const found = await one(
    database,
    `SELECT ${INVITATION} FROM workspace_member_invites
     WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL`,
    [request.params["pk"], scope(request).workspace_id],
  );
  if (found === undefined) throw new Missing();
  return found;
}
