import { all, insert, one, type Row, softDelete, update } from "../../../database.ts";
import { data } from "../../body.ts";
import { json, nothing, type Request, type Route } from "../../exchange.ts";
import { badRequest, Failure, Missing } from "../../failure.ts";
import { Fields } from "../../fields.ts";
import { pageOf, paginated, pick } from "../../pagination.ts";
import { projectEntity, scope } from "../../permissions.ts";
import { type Call, keyRoute } from "../../views.ts";

const STATE = `id, created_at, updated_at, deleted_at, name, description, color, slug, sequence, "group", is_triage,
  "default", external_source, external_id, created_by_id AS created_by, updated_by_id AS updated_by,
  project_id AS project, workspace_id AS workspace`;
const GROUPS = ["backlog", "unstarted", "started", "completed", "cancelled", "triage"];
const STEP = 15_000;

/** States of a project in their order. A new one goes last, whatever sequence it asks for, with status 200. */
export const states: Route = keyRoute(
  "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/states/",
  "GET, POST",
  projectEntity,
  {
    GET: async (request, { database }) => {
      const page = pageOf(request);
      const rows = await all(
        database,
        `SELECT ${STATE} FROM states WHERE project_id = $1 AND NOT is_triage AND deleted_at IS NULL
         ORDER BY sequence`,
        [request.params["project_id"]],
      );
      const shown = rows.slice(page.offset, page.offset + page.limit).map((row) => pick(request, row));
      return json(200, paginated(page, rows.length, shown));
    },
    POST: async (request, call) => {
      const { database, user } = call;
      const { workspace_id, project_id } = scope(request);
      const { values } = checked(request, { partial: false });
      const taken = await sameExternal(call, project_id, values);
      if (taken !== undefined) throw externalTaken(taken);
      const named = await one<{ id: string }>(
        database,
        "SELECT id FROM states WHERE project_id = $1 AND name = $2 AND deleted_at IS NULL",
        [project_id, values["name"]],
      );
      if (named !== undefined) {
        throw new Failure(409, {
          error: "State with the same name already exists in the project",
          id: named.id,
        });
      }
      const last = await one<{ max: number | null }>(
        database,
        "SELECT max(sequence) FROM states WHERE project_id = $1 AND deleted_at IS NULL",
        [project_id],
      );
      const sequence = last?.max == null ? 65535 : last.max + STEP;
      const row = { ...values, sequence, workspace_id, project_id, created_by_id: user.id };
      // Only here: a default set by PATCH stands beside the old one.
      if (values["default"] === true) {
        await database.query('UPDATE states SET "default" = false WHERE project_id = $1', [project_id]);
      }
      return json(200, await insert(database, "states", row, STATE));
    },
  },
);

/** One state. A default set here does not end the old one; default and used states stay. */
export const state: Route = keyRoute(
  "/api/v1/workspaces/<slug>/projects/<uuid:project_id>/states/<uuid:pk>/",
  "GET, PATCH, DELETE",
  projectEntity,
  {
    GET: async (request, call) => json(200, pick(request, await find(request, call))),
    PATCH: async (request, call) => {
      const before = await find(request, call);
      const { values } = checked(request, { partial: true });
      const other = { external_source: before["external_source"], ...values };
      const same = values["external_id"] === before["external_id"];
      if (!same && (await sameExternal(call, before["project"], other)) !== undefined) {
        throw externalTaken(before["id"]);
      }
      const slug = slugify(String(values["name"] ?? before["name"]));
      const changes = { ...values, slug, updated_by_id: call.user.id };
      return json(200, await update(call.database, "states", before["id"], changes, STATE));
    },
    DELETE: async (request, call) => {
      const { id, default: isDefault } = await find(request, call);
      if (isDefault === true) throw badRequest({ error: "Default state cannot be deleted" });
      const used = await one(
        call.database,
        "SELECT id FROM issues WHERE state_id = $1 AND deleted_at IS NULL LIMIT 1",
        [id],
      );
      if (used !== undefined) {
        throw badRequest({ error: "The state is not empty, only empty states can be deleted" });
      }
      await softDelete(call.database, "states", id);
      return nothing();
    },
  },
);

function checked(request: Request, options: { partial: boolean }): Fields {
  const fields = new Fields(data(request), options);
  fields.text("name", { required: true, max: 255, blank: false });
  fields.text("color", { required: true, max: 255, blank: false });
  fields.text("description");
  fields.choice("group", GROUPS);
  fields.flag("default");
  fields.text("external_source", { nullable: true, max: 255 });
  fields.text("external_id", { nullable: true, max: 255 });
  if (options.partial) fields.number("sequence");
  fields.check();
  if (fields.values["group"] === "triage") {
    throw badRequest({ non_field_errors: ["Cannot create triage state"] });
  }
  const { name } = fields.values;
  if (typeof name === "string") fields.values["slug"] = slugify(name);
  return fields;
}

function slugify(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/[^\w\s-]/g, "")
    .trim()
    .toLowerCase();
  return plain.replace(/[-\s]+/g, "-").replace(/^[-_]+|[-_]+$/g, "");
}

async function sameExternal({ database }: Call, project: unknown, values: Row): Promise<unknown> {
  if (!values["external_id"] || !values["external_source"]) return undefined;
  const found = await one(
    database,
    `SELECT id FROM states
     WHERE project_id = $1 AND external_source = $2 AND external_id = $3 AND deleted_at IS NULL`,
    [project, values["external_source"], values["external_id"]],
  );
  return found?.["id"];
}

function externalTaken(id: unknown): Failure {
  const error = "State with the same external id and external source already exists";
  return new Failure(409, { error, id });
}

async function find({ params }: Request, { database }: Call): Promise<Row> {
  const found = await one(
    database,
    `SELECT ${STATE} FROM states WHERE id = $1 AND project_id = $2 AND NOT is_triage AND deleted_at IS NULL`,
    [params["pk"], params["project_id"]],
  );
  if (found === undefined) throw new Missing();
  return found;
}
