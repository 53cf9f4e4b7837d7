import { seedConfiguration } from "../manage/configure-instance.ts";
import type { Context } from "./exchange.ts";

/** What people and programs made: what refers to others first. */
const TABLES = [
  "webhooks",
  "file_assets",
  "issue_activities",
  "issue_comments",
  "issue_relations",
  "issue_labels",
  "issue_assignees",
  "issue_sequences",
  "issues",
  "estimate_points",
  "estimates",
  "labels",
  "states",
  "project_members",
  "projects",
  "workspace_member_invites",
  "workspace_members",
  "workspaces",
  "instance_admins",
  "api_tokens",
  "sessions",
  "profiles",
  "users",
];

/** Brings the data back to a fresh start: registered, configured from the environment, and nobody there. */
export async function emptyEverything({ database, cache, broker }: Context): Promise<void> {
  await database.query(
    `${TABLES.map((table) => `DELETE FROM ${table};`).join("\n")}
     UPDATE instances SET instance_name = 'Plane Community Edition', is_setup_done = false,
       is_telemetry_enabled = true, is_support_required = true, updated_by = NULL;
     DELETE FROM instance_configurations`,
  );
  await seedConfiguration(database, () => {});
  await cache.clear();
  await broker.purge();
}
