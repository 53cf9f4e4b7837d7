import { type Queryable, withConnection } from "../database.ts";
import { say } from "../log.ts";
import type { Settings } from "../settings.ts";

interface Entry {
  key: string;
  category: string;
  /** null: the row exists and holds nothing. */
  value: string | null;
  encrypted?: true;
}

/** What the instance configuration holds; the environment of the first start overrides these values. */
const ENTRIES: Entry[] = [
  { key: "ENABLE_SIGNUP", category: "AUTHENTICATION", value: "1" },
  { key: "ENABLE_EMAIL_PASSWORD", category: "AUTHENTICATION", value: "1" },
  { key: "ENABLE_MAGIC_LINK_LOGIN", category: "AUTHENTICATION", value: "0" },
  { key: "DISABLE_WORKSPACE_CREATION", category: "WORKSPACE_MANAGEMENT", value: "0" },
  { key: "GOOGLE_CLIENT_ID", category: "GOOGLE", value: null },
  { key: "GOOGLE_CLIENT_SECRET", category: "GOOGLE", value: "", encrypted: true },
  { key: "ENABLE_GOOGLE_SYNC", category: "GOOGLE", value: "0" },
  { key: "GITHUB_CLIENT_ID", category: "GITHUB", value: null },
  { key: "GITHUB_CLIENT_SECRET", category: "GITHUB", value: "", encrypted: true },
  { key: "GITHUB_ORGANIZATION_ID", category: "GITHUB", value: null },
  { key: "ENABLE_GITHUB_SYNC", category: "GITHUB", value: "0" },
  { key: "GITLAB_HOST", category: "GITLAB", value: null },
  { key: "GITLAB_CLIENT_ID", category: "GITLAB", value: null },
  { key: "GITLAB_CLIENT_SECRET", category: "GITLAB", value: "", encrypted: true },
  { key: "ENABLE_GITLAB_SYNC", category: "GITLAB", value: "0" },
  { key: "IS_GITEA_ENABLED", category: "GITEA", value: "0" },
  { key: "GITEA_HOST", category: "GITEA", value: null },
  { key: "GITEA_CLIENT_ID", category: "GITEA", value: null },
  { key: "GITEA_CLIENT_SECRET", category: "GITEA", value: "", encrypted: true },
  { key: "ENABLE_GITEA_SYNC", category: "GITEA", value: "0" },
  { key: "ENABLE_SMTP", category: "SMTP", value: "0" },
  { key: "EMAIL_HOST", category: "SMTP", value: "" },
  { key: "EMAIL_HOST_USER", category: "SMTP", value: "" },
  { key: "EMAIL_HOST_PASSWORD", category: "SMTP", value: "", encrypted: true },
  { key: "EMAIL_PORT", category: "SMTP", value: "587" },
  { key: "EMAIL_FROM", category: "SMTP", value: "" },
  { key: "EMAIL_USE_TLS", category: "SMTP", value: "1" },
  { key: "EMAIL_USE_SSL", category: "SMTP", value: "0" },
  { key: "LLM_API_KEY", category: "AI", value: "", encrypted: true },
  { key: "LLM_PROVIDER", category: "AI", value: "openai" },
  { key: "LLM_MODEL", category: "AI", value: "gpt-4o-mini" },
  { key: "GPT_ENGINE", category: "AI", value: "gpt-3.5-turbo" },
  { key: "UNSPLASH_ACCESS_KEY", category: "UNSPLASH", value: "", encrypted: true },
];

/** Seeds the configuration: a key that exists keeps its value, whatever the environment says now. */
export async function configureInstance(settings: Settings): Promise<void> {
  await withConnection(settings.databaseUrl, (client) => seedConfiguration(client, say));
}

/** The rows of the configuration, each told to `report`. */
export async function seedConfiguration(client: Queryable, report: (line: string) => void): Promise<void> {
  const { rows } = await client.query<{ key: string }>(
    `INSERT INTO instance_configurations (key, value, category, is_encrypted, created_at)
     SELECT key, value, category, is_encrypted, clock_timestamp() + position * interval '1 microsecond'
     FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[])
       WITH ORDINALITY AS entry (key, value, category, is_encrypted, position)
     ON CONFLICT (key) DO NOTHING RETURNING key`,
    [
      ENTRIES.map(({ key }) => key),
      ENTRIES.map(({ key, value }) => process.env[key] ?? value),
      ENTRIES.map(({ category }) => category),
      ENTRIES.map(({ encrypted = false }) => encrypted),
    ],
  );
  const made = new Set(rows.map(({ key }) => key));
  for (const { key } of ENTRIES) {
    report(
      `${key} ${made.has(key) ? "loaded with value from environment variable." : "configuration already exists"}`,
    );
  }
}
