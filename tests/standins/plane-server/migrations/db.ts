import type { Migration } from "./migration.ts";

/** People, workspaces and tokens, as far as the api serves them. */
export const db: Migration[] = [
  {
    app: "db",
    name: "0001_initial",
    sql: `CREATE TABLE users (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      username varchar(128) NOT NULL UNIQUE,
      email varchar(255) UNIQUE,
      first_name varchar(255) NOT NULL DEFAULT '',
      last_name varchar(255) NOT NULL DEFAULT '',
      display_name varchar(255) NOT NULL DEFAULT '',
      avatar text NOT NULL DEFAULT '',
      is_active boolean NOT NULL DEFAULT true,
      is_bot boolean NOT NULL DEFAULT false,
      user_timezone varchar(255) NOT NULL DEFAULT 'UTC'
    )`,
  },
  {
    app: "db",
    name: "0002_workspaces",
    sql: `CREATE TABLE workspaces (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      name varchar(80) NOT NULL,
      slug varchar(48) NOT NULL UNIQUE,
      owner_id uuid NOT NULL REFERENCES users (id)
    )`,
  },
  {
    app: "db",
    name: "0003_api_tokens",
    sql: `CREATE TABLE api_tokens (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      label varchar(255) NOT NULL,
      description text NOT NULL DEFAULT '',
      token varchar(255) NOT NULL UNIQUE,
      is_active boolean NOT NULL DEFAULT true,
      last_used timestamptz,
      expired_at timestamptz,
      user_id uuid NOT NULL REFERENCES users (id)
    )`,
  },
];
