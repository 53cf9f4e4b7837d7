import { all, insert, one, type Row, softDelete, update } from "../../../database.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { Failure, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { pageOf, paginated, pick } from "../../pagination.ts";
import { projectEntity, scope } from "../../permissions.ts";
import { type Call, keyRoute } from "../../views.ts";

const LABEL = `id, created_at, updated_at, deleted_at, name, description, color, sort_order, external_source,
  external_id, created_by_id AS created_by, updated_by_id AS updated_by, workspace_id AS workspace,
  project_id AS project, parent_id AS parent`;
const STEP = 10_000;

/** Labels of a project, newest first. Names are unique and case-sensitive. */
export const labels: Route = keyRoute(
  "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/labels/",
  "GET, POST",
  projectEntity,
  {
    GET: async (request, { database }) => {
      const page = pageOf(request);
      const rows = await all(
        database,
        `SELECT ${LABEL} FROM labels WHERE project_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC`,
        [request.params["project_id"]],
      );
      const shown = rows.slice(page.offset, page.offset + page.limit).map((row) => pick(request, row));
      return json(200, paginated(page, rows.length, shown));
    },
    POST: async (request, call) => {
      const { database, user } = call;
      const { workspace_id, project_id } = scope(request);
      const { values } = await checked(request, call, { partial: false });
      const taken = await sameExternal(call, project_id, values);
      if (taken !== undefined) throw externalTaken(taken);
      const named = await one<{ id: string }>(
        database,
        "SELECT id FROM labels WHERE project_id = $1 AND name = $2 AND deleted_at IS NULL",
        [project_id, values["name"]],
      );
      if (named !== undefined) {
        throw new Failure(409, {
          error: "Label with the same name already exists in the project",
          id: named.id,
        });
      }
      const last = await one<{ max: number | null }>(
        database,
        "SELECT max(sort_order) FROM labels WHERE project_id = $1 AND deleted_at IS NULL",
        [project_id],
      );
      const sort_order = last?.max == null ? 65535 : last.max + STEP;
      const row = { ...values, sort_order, workspace_id, project_id, created_by_id: user.id };
      return json(201, await insert(database, "labels", row, LABEL));
    },
  },
);

/** One label. */
export const label: Route = keyRoute(
  "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/labels/<uuid:pk>/",
  "GET, PATCH, DELETE",
  projectEntity,
  {
    GET: async (request, call) => json(200, pick(request, await find(request, call))),
    PATCH: async (request, call) => {
      const before = await find(request, call);
      const { values } = await checked(request, call, { partial: true });
      const other = { external_source: before["external_source"], ...values };
      const same = values["external_id"] === before["external_id"];
      // The answer names the label that was asked for, not the one that has the external id.
      if (!same && (await sameExternal(call, before["project"], other)) !== undefined) {
        throw externalTaken(before["id"]);
      }
      const changes = { ...values, updated_by_id: call.user.id };
      return json(200, await update(call.database, "labels", before["id"], changes, LABEL));
    },
    DELETE: async (request, call) => {
      const { id } = await find(request, call);
      await softDelete(call.database, "labels", id);
      await call.database.query("DELETE FROM issue_labels WHERE label_id = $1", [id]);
      return nothing();
    },
  },
);

async function checked(request: Request, { database }: Call, options: { partial: boolean }): Promise<Fields> {
  const fields = new Fields(data(request), options);
  fields.text("name", { required: true, max: 255, blank: false });
  fields.text("color", { max: 255 });
  fields.text("description");
  fields.text("external_source", { nullable: true, max: 255 });
  fields.text("external_id", { nullable: true, max: 255 });
  fields.number("sort_order");
  await fields.reference(
    "parent",
    "parent_id",
    async (id) =>
      (await one(database, "SELECT id FROM labels WHERE id = $1 AND deleted_at IS NULL", [id])) !== undefined,
  );
  fields.check();
  return fields;
}

async function sameExternal({ database }: Call, project: unknown, values: Row): Promise<unknown> {
  if (!values["external_id"] || !values["external_source"]) return undefined;
  const found = await one(
    database,
    `SELECT id FROM labels
     WHERE project_id = $1 AND external_source = $2 AND external_id = $3 AND deleted_at IS NULL`,
    [project, values["external_source"], values["external_id"]],
  );
  return found?.["id"];
}

function externalTaken(id: unknown): Failure {
  const error = "Label with the same external id and external source already exists";
  return new Failure(409, { error, id });
}

async function find({ params }: Request, { database }: Call): Promise<Row> {
  const found = await one(
    database,
    `SELECT ${LABEL} FROM labels WHERE id = $1 AND project_id = $2 AND deleted_at IS NULL`,
    [params["pk"], params["project_id"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}
