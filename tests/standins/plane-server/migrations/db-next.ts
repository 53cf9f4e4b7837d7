import type { Migration } from "./migration.ts";

/** What a version after 1.3.1 adds, so that an upgrade has something to migrate: last, as in a real release. */
export const next: Migration[] = [
  {
    app: "db",
    name: "0012_api_tokens_allowed_origins",
    since: "1.4.0",
    sql: `ALTER TABLE api_tokens ADD COLUMN allowed_origins varchar(255) NOT NULL DEFAULT ''`,
  },
];
