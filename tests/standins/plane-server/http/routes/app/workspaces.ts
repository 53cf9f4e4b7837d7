import { all, one, update } from "../../../database.ts";
import { seedWorkspace } from "../../../plane/demo.ts";
import {
  checkWorkspace,
  createWorkspace,
  isFreeSlug,
  TOTAL_MEMBERS,
  WORKSPACE,
} from "../../../plane/workspaces.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Failure } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { configured } from "../../instance.ts";
import { ADMIN, requireWorkspaceRole } from "../../permissions.ts";
import { type Call, sessionRoute } from "../../views.ts";
import { slugTaken } from "../instances/workspaces.ts";

const OWNED = `${WORKSPACE}, w.owner_id AS owner, ${TOTAL_MEMBERS}`;

/** New workspaces, with a demo project and a bot. */
export const workspaces: Route = sessionRoute("/api/workspaces/", "GET, POST, HEAD, OPTIONS", {
  GET: async (_request, call) => json(200, await mine(call)),
  POST: async (request, { database, user }) => {
    if ((await configured(database, "DISABLE_WORKSPACE_CREATION")) === "1") {
      throw new Failure(403, { error: "Workspace creation is not allowed" });
    }
    const body = data(request);
    if (!body["name"] || !body["slug"]) throw badRequest({ error: "Both name and slug are required" });
    if (/https?:\/\/|www\./.test(String(body["name"]))) {
      throw badRequest({ error: "Name cannot contain a URL" });
    }
    const fields = new Fields(body, { partial: false });
    checkWorkspace(fields);
    fields.check();
    const id = await createWorkspace(database, fields.values, user.id).catch(slugTaken);
    const workspace = await one(database, `SELECT ${OWNED}, 20 AS role FROM workspaces w WHERE w.id = $1`, [
      id,
    ]);
    await seedWorkspace(database, id);
    return json(201, workspace);
  },
});

/** True while nobody has the slug. */
export const slugCheck: Route = sessionRoute("/api/workspace-slug-check/", "GET, HEAD, OPTIONS", {
  GET: async (request, { database }) => {
    const slug = request.query.get("slug") ?? "";
    if (slug === "") throw badRequest({ error: "Workspace Slug is required" });
    const taken = await one(database, "SELECT id FROM workspaces WHERE slug = $1", [slug]);
    return json(200, { status: taken === undefined && isFreeSlug(slug) });
  },
});

/** The workspaces of the signed-in account, with its role in each. */
export const myWorkspaces: Route = sessionRoute("/api/users/me/workspaces/", "GET, HEAD, OPTIONS", {
  GET: async (_request, call) => json(200, await mine(call)),
});

/** One workspace, for its members. A deleted one gives its slug back. */
export const workspace: Route = sessionRoute(
  "/api/workspaces/<slug>/",
  "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
  {
    GET: async (request, call) => json(200, await find(request, call)),
    PATCH: async (request, call) => {
      await requireWorkspaceRole(request, call, ADMIN);
      const { id } = await find(request, call);
      const fields = new Fields(data(request), { partial: true });
      fields.text("name", { max: 80, blank: false });
      fields.text("organization_size", { nullable: true, max: 20 });
      fields.timezone("timezone");
      fields.check();
      await update(call.database, "workspaces", id, { ...fields.values, updated_by_id: call.user.id }, "id");
      return json(200, await find(request, call));
    },
    DELETE: async (request, call) => {
      const { workspace_id: id } = await requireWorkspaceRole(request, call, ADMIN);
      await call.database.query(
        `UPDATE workspaces SET deleted_at = clock_timestamp(),
           slug = slug || '__' || extract(epoch FROM clock_timestamp())::bigint WHERE id = $1`,
        [id],
      );
      return nothing();
    },
  },
);

function mine({ database, user }: Call): Promise<Record<string, unknown>[]> {
  return all(
    database,
    `SELECT ${OWNED}, m.role FROM workspaces w JOIN workspace_members m ON m.workspace_id = w.id
     WHERE m.member_id = $1 AND m.is_active AND m.deleted_at IS NULL AND w.deleted_at IS NULL
     ORDER BY w.created_at`,
    [user.id],
  );
}

async function find({ params }: Request, { database, user }: Call): Promise<Record<string, unknown>> {
  const found = await one(
    database,
    `SELECT ${OWNED} FROM workspaces w WHERE w.slug = $1 AND w.deleted_at IS NULL AND EXISTS (
       SELECT FROM workspace_members m
       WHERE m.workspace_id = w.id AND m.member_id = $2 AND m.is_active AND m.deleted_at IS NULL)`,
    [params["slug"], user.id],
  );
  if (found === undefined) throw new Failure(404, { detail: "No Workspace matches the given query." });
  return found;
}
