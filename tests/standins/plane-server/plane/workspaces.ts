import { insert, type Queryable, type Row } from "../database.ts";
import type { Fields } from "../http/fields.ts";
import { randomColor } from "./colors.ts";

/** A workspace's own columns, as every serializer shows them. */
export const WORKSPACE = `w.id, NULL AS logo_url, w.created_at, w.updated_at, w.deleted_at, w.name, w.logo,
  w.slug, w.organization_size, w.timezone, w.background_color, w.created_by_id AS created_by,
  w.updated_by_id AS updated_by, w.logo_asset_id AS logo_asset`;

/** People of a workspace, bots left out. */
export const TOTAL_MEMBERS = `(SELECT count(*) FROM workspace_members m JOIN users u ON u.id = m.member_id
  WHERE m.workspace_id = w.id AND m.is_active AND m.deleted_at IS NULL AND NOT u.is_bot) AS total_members`;

const RESTRICTED = new Set(
  `404 accounts api create-workspace god-mode installations invitations onboarding profile spaces
  workspace-invitations password flags monitor monitoring ingest plane-pro plane-ultimate enterprise
  plane-enterprise disco silo chat calendar drive channels upgrade billing sign-in sign-up signin signup config
  live admin m import importers integrations integration configuration initiatives workflow epics marketplace
  instances instance admins`.split(/\s+/),
);

/** False for slugs that are paths of the application. */
export function isFreeSlug(slug: string): boolean {
  return !RESTRICTED.has(slug);
}

/** The checks of a new workspace that every serializer makes. */
export function checkWorkspace(fields: Fields): void {
  fields.text("name", { required: true, max: 80, blank: false });
  fields.text("slug", { required: true, max: 48, blank: false });
  fields.text("organization_size", { nullable: true, max: 20 });
  const { slug } = fields.values;
  if (typeof slug === "string" && !/^[-a-zA-Z0-9_]+$/.test(slug)) {
    fields.fail("slug", 'Enter a valid "slug" consisting of letters, numbers, underscores or hyphens.');
  } else if (typeof slug === "string" && !isFreeSlug(slug)) {
    fields.fail("slug", "Slug is not valid");
  }
}

/** Makes a workspace and its owner its first admin. */
export async function createWorkspace(database: Queryable, fields: Row, owner: string): Promise<string> {
  const { id } = await insert<{ id: string }>(
    database,
    "workspaces",
    { ...fields, owner_id: owner, created_by_id: owner, background_color: randomColor() },
    "id",
  );
  await insert(database, "workspace_members", {
    workspace_id: id,
    member_id: owner,
    role: 20,
    company_role: "",
    created_by_id: owner,
  });
  return id;
}
