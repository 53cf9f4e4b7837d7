import { all, isDuplicate, one } from "../../../database.ts";
import {
  checkWorkspace,
  createWorkspace,
  isFreeSlug,
  TOTAL_MEMBERS,
  WORKSPACE,
} from "../../../plane/workspaces.ts";
import { data } from "../../body.ts";
import { json, type Route } from "../../exchange.ts";
import { badRequest } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { pageOf, paginated } from "../../pagination.ts";
import { instanceRoute } from "../../views.ts";

const OWNER = `jsonb_build_object('id', o.id, 'email', o.email, 'first_name', o.first_name,
  'last_name', o.last_name) AS owner`;

/** All workspaces, and new ones without demo data. */
export const instanceWorkspaces: Route = instanceRoute(
  "/api/instances/workspaces/",
  "GET, POST, HEAD, OPTIONS",
  {
    GET: async (request, { database }) => {
      const page = pageOf(request, 10);
      const rows = await all(
        database,
        `SELECT ${OWNER}, ${WORKSPACE}, ${TOTAL_MEMBERS},
           (SELECT count(*) FROM projects p WHERE p.workspace_id = w.id AND p.deleted_at IS NULL) AS total_projects
         FROM workspaces w JOIN users o ON o.id = w.owner_id
         WHERE w.deleted_at IS NULL ORDER BY w.created_at DESC`,
      );
      return json(200, paginated(page, rows.length, rows.slice(page.offset, page.offset + page.limit)));
    },
    POST: async (request, { database, user }) => {
      const body = data(request);
      if (!body["name"] || !body["slug"]) throw badRequest({ error: "Both name and slug are required" });
      const fields = new Fields(body, { partial: false });
      checkWorkspace(fields);
      fields.check();
      const id = await createWorkspace(database, fields.values, user.id).catch(slugTaken);
      const workspace = await one(
        database,
        `SELECT ${OWNER}, ${WORKSPACE} FROM workspaces w JOIN users o ON o.id = w.owner_id WHERE w.id = $1`,
        [id],
      );
      return json(201, workspace);
    },
  },
);

/** True while nobody has the slug. */
export const instanceSlugCheck: Route = instanceRoute(
  "/api/instances/workspace-slug-check/",
  "GET, HEAD, OPTIONS",
  {
    GET: async (request, { database }) => {
      const slug = request.query.get("slug") ?? "";
      if (slug === "") throw badRequest({ error: "Workspace Slug is required" });
      const taken = await one(database, "SELECT id FROM workspaces WHERE slug = $1", [slug]);
      return json(200, { status: taken === undefined && isFreeSlug(slug) });
    },
  },
);

/** The answer to a slug that somebody has. */
export function slugTaken(error: unknown): never {
  throw isDuplicate(error) ? badRequest({ slug: ["Workspace with this slug already exists."] }) : error;
}
