import { all, one, softDelete, update } from "../../../database.ts";
import { FROM_INVITATIONS, INVITATION, invitationToken } from "../../../plane/invitations.ts";
import { MEMBER_PROPS, memberRow } from "../../../plane/members.ts";
import { type Body, data } from "../../body.ts";
import { type Context, json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Failure, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { ADMIN, MEMBER, requireWorkspaceRole } from "../../permissions.ts";
import { openRoute, sessionRoute } from "../../views.ts";
import { isEmail } from "../auth/forms.ts";

/** Invitations into a workspace. Whoever invites gives at most the role they have. */
export const invitations: Route = sessionRoute(
  "/api/workspaces/<slug>/invitations/",
  "GET, POST, HEAD, OPTIONS",
  {
    GET: async (request, call) => {
      const { workspace_id: workspace } = await requireWorkspaceRole(request, call, ADMIN);
      const rows = await all(
        call.database,
        `SELECT ${INVITATION} FROM ${FROM_INVITATIONS} AND i.workspace_id = $1 ORDER BY i.created_at DESC`,
        [workspace],
      );
      return json(200, rows);
    },
    POST: async (request, call) => {
      const { database, settings, user } = call;
      const scope = await requireWorkspaceRole(request, call, MEMBER);
      const emails = (data(request)["emails"] ?? []) as { email: string; role?: number }[];
      if (emails.length === 0) throw badRequest({ error: "Emails are required" });
      if (emails.some(({ role = 5 }) => Number(role) > (scope.workspace_role ?? 0))) {
        throw badRequest({ error: "You cannot invite a user with higher role" });
      }
      const members = await all(
        database,
        `${memberRow({ admin: false })} AND m.workspace_id = $1 AND u.email = ANY ($2)`,
        [scope.workspace_id, emails.map(({ email }) => email)],
      );
      if (members.length > 0) {
        throw badRequest({
          error: "Some users are already member of workspace",
          workspace_users: members.map((member) => ({ ...member, ...MEMBER_PROPS })),
        });
      }
      const wrong = emails.find(({ email }) => !isEmail(email));
      if (wrong !== undefined) {
        throw badRequest({
          error: `Invalid email - ${pythonDict(wrong)} provided a valid email address is required to send the invite`,
        });
      }
      const addresses = emails.map(({ email }) => email.trim().toLowerCase());
      await database.query(
        `INSERT INTO workspace_member_invites (workspace_id, email, role, token, created_by_id)
         SELECT $1, email, role, token, $2 FROM unnest($3::text[], $4::smallint[], $5::text[]) AS e (email, role, token)
         ON CONFLICT DO NOTHING`,
        [
          scope.workspace_id,
          user.id,
          addresses,
          emails.map(({ role = 5 }) => role),
          addresses.map((email) => invitationToken(email, settings.secretKey)),
        ],
      );
      return json(200, { message: "Emails sent successfully" });
    },
  },
);

/** One invitation. */
export const invitation: Route = sessionRoute(
  "/api/workspaces/<slug>/invitations/<uuid:pk>/",
  "GET, PATCH, DELETE, HEAD, OPTIONS",
  {
    GET: async (request, call) => {
      await requireWorkspaceRole(request, call, ADMIN);
      return json(200, await find(request, call));
    },
    PATCH: async (request, call) => {
      await requireWorkspaceRole(request, call, ADMIN);
      await find(request, call);
      const fields = new Fields(data(request), { partial: true });
      fields.choice("role", [20, 15, 5]);
      fields.check();
      const values = { ...fields.values, updated_by_id: call.user.id };
      await update(call.database, "workspace_member_invites", request.params["pk"], values, "id");
      return json(200, await find(request, call));
    },
    DELETE: async (request, call) => {
      await requireWorkspaceRole(request, call, ADMIN);
      await find(request, call);
      await softDelete(call.database, "workspace_member_invites", request.params["pk"]);
      return nothing();
    },
  },
);

/** The page behind an invitation's link: read and answered without an account. */
export const join: Route = openRoute(
  "/api/workspaces/<slug>/invitations/<uuid:pk>/join/",
  "GET, POST, HEAD, OPTIONS",
  {
    GET: async (request, context) => json(200, await find(request, context)),
    POST: async (request, context) => {
      const { database } = context;
      const found = await find(request, context);
      const { token = "", accepted = false } = data(request);
      if (token === "" || token !== found["token"]) {
        throw new Failure(403, { error: "You do not have permission to join the workspace" });
      }
      if (found["responded_at"] !== null) {
        throw badRequest({ error: "You have already responded to the invitation request" });
      }
      await update(
        database,
        "workspace_member_invites",
        found["id"],
        { accepted, responded_at: new Date().toISOString() },
        "id",
      );
      if (accepted !== true) return json(200, { message: "Workspace Invitation was not accepted" });
      const user = await one(database, "SELECT id FROM users WHERE email = $1", [found["email"]]);
      if (user !== undefined) await accept(context, String(user["id"]), [String(found["id"])]);
      return json(200, { message: "Workspace Invitation Accepted" });
    },
  },
);

/** Invitations of the signed-in account. Foreign ones in the list to accept are passed over in silence. */
export const myInvitations: Route = sessionRoute(
  "/api/users/me/workspaces/invitations/",
  "GET, POST, HEAD, OPTIONS",
  {
    GET: async (_request, { database, user }) =>
      json(
        200,
        await all(
          database,
          `SELECT ${INVITATION} FROM ${FROM_INVITATIONS} AND i.email = $1 ORDER BY i.created_at DESC`,
          [user.email],
        ),
      ),
    POST: async (request, call) => {
      await accept(call, call.user.id, (data(request)["invitations"] ?? []) as string[]);
      return nothing();
    },
  },
);

async function find({ params }: Request, { database }: Context): Promise<Body> {
  const found = await one(
    database,
    `SELECT ${INVITATION} FROM ${FROM_INVITATIONS} AND w.slug = $1 AND i.id = $2`,
    [params["slug"], params["pk"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}

async function accept({ database }: Context, user: string, invitations: string[]): Promise<void> {
  await database.query(
    `WITH accepted AS (
       UPDATE workspace_member_invites SET deleted_at = clock_timestamp()
       WHERE id = ANY ($1) AND email = (SELECT email FROM users WHERE id = $2) AND deleted_at IS NULL
       RETURNING workspace_id, role)
     INSERT INTO workspace_members (workspace_id, member_id, role, created_by_id)
     SELECT workspace_id, $2, role, $2 FROM accepted
     ON CONFLICT (workspace_id, member_id) WHERE deleted_at IS NULL
     DO UPDATE SET is_active = true, role = excluded.role`,
    [invitations, user],
  );
}

/** A dictionary as Python prints it. */
function pythonDict(value: object): string {
  return JSON.stringify(value).replaceAll('"', "'").replaceAll(":", ": ").replaceAll(",", ", ");
}
