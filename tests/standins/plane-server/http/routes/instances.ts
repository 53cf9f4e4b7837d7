import { timestamp } from "../../database.ts";
import { type Context, json, type Route } from "../exchange.ts";
import { countAnonymous, tooMany } from "../throttle.ts";

const ALLOW = "GET, PATCH, HEAD, OPTIONS";
const CACHE_KEY = "/api/instances/";
const CACHE_SECONDS = 2 * 60 * 60;

/** The instance and the public part of its configuration; answers may be two hours old, as Plane's are. */
export const instances: Route = {
  path: /^\/api\/instances\/$/,
  allow: ALLOW,
  handlers: {
    GET: async (request, context) => {
      const allowance = await countAnonymous(request, context);
      if (!allowance.allowed) return tooMany(allowance, ALLOW);
      let body = await context.cache.get<unknown>(CACHE_KEY);
      if (body === undefined) {
        body = await readInstance(context);
        await context.cache.set(CACHE_KEY, body, CACHE_SECONDS);
      }
      return json(200, body, {
        allow: ALLOW,
        "cache-control": "private, max-age=12",
        vary: "Accept-Encoding, Cookie, origin",
      });
    },
  },
};

async function readInstance({ database, settings }: Context): Promise<unknown> {
  const { rows } = await database.query(
    `SELECT id, ${timestamp("created_at")}, ${timestamp("updated_at")}, ${timestamp("deleted_at")},
       instance_name, whitelist_emails, instance_id, current_version, latest_version, edition, domain,
       ${timestamp("last_checked_at")}, namespace, is_telemetry_enabled, is_support_required, is_setup_done,
       is_signup_screen_visited, is_verified, is_test, is_current_version_deprecated, created_by, updated_by,
       EXISTS (SELECT FROM workspaces WHERE deleted_at IS NULL) AS workspaces_exist
     FROM instances LIMIT 1`,
  );
  const [instance] = rows;
  if (instance === undefined) return { is_activated: false, is_setup_done: false };
  const stored = await database.query<{ key: string; value: string | null }>(
    "SELECT key, value FROM instance_configurations",
  );
  const values = new Map(stored.rows.map(({ key, value }) => [key, value ?? ""]));
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
