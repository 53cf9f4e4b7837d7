import { all, one, type Queryable, type Row } from "../database.ts";
import type { Settings } from "../settings.ts";

/** The instance's columns. */
export const INSTANCE = `id, created_at, updated_at, deleted_at, instance_name, whitelist_emails, instance_id,
  current_version, latest_version, edition, domain, last_checked_at, namespace, is_telemetry_enabled,
  is_support_required, is_setup_done, is_signup_screen_visited, is_verified, is_test,
  is_current_version_deprecated, created_by, updated_by`;

/** One value of the instance configuration. */
export async function configured(database: Queryable, key: string): Promise<string> {
  const row = await one<{ value: string | null }>(
    database,
    "SELECT value FROM instance_configurations WHERE key = $1",
    [key],
  );
  return row?.value ?? "";
}

/** The instance and the public part of its configuration. */
export async function readInstance(database: Queryable, settings: Settings): Promise<Row> {
  const instance = await one(
    database,
    `SELECT ${INSTANCE}, EXISTS (SELECT FROM workspaces WHERE deleted_at IS NULL) AS workspaces_exist
     FROM instances LIMIT 1`,
  );
  if (instance === undefined) return { is_activated: false, is_setup_done: false };
  const stored = await all<{ key: string; value: string | null }>(
    database,
    "SELECT key, value FROM instance_configurations",
  );
  const values = new Map(stored.map(({ key, value }) => [key, value ?? ""]));
  const on = (key: string): boolean => values.get(key) === "1";
  const filled = (key: string): boolean => (values.get(key) ?? "") !== "";
  return {
    config: {
      enable_signup: on("ENABLE_SIGNUP"),
      is_workspace_creation_disabled: on("DISABLE_WORKSPACE_CREATION"),
      is_google_enabled: on("IS_GOOGLE_ENABLED"),
      is_github_enabled: on("IS_GITHUB_ENABLED"),
      is_gitlab_enabled: on("IS_GITLAB_ENABLED"),
      is_gitea_enabled: on("IS_GITEA_ENABLED"),
      is_magic_login_enabled: on("ENABLE_MAGIC_LINK_LOGIN"),
      is_email_password_enabled: on("ENABLE_EMAIL_PASSWORD"),
      github_app_name: "",
      slack_client_id: null,
      posthog_api_key: null,
      posthog_host: null,
      has_unsplash_configured: filled("UNSPLASH_ACCESS_KEY"),
      has_llm_configured: filled("LLM_API_KEY"),
      file_size_limit: settings.fileSizeLimit,
      is_smtp_configured: filled("EMAIL_HOST"),
      admin_base_url: null,
      space_base_url: null,
      app_base_url: null,
      instance_changelog_url: "",
      is_self_managed: true,
    },
    instance,
  };
}
