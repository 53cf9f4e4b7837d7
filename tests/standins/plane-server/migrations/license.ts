import type { Migration } from "./migration.ts";

/** The instance and its configuration. */
export const license: Migration[] = [
  {
    app: "license",
    name: "0001_initial",
    sql: `CREATE TABLE instances (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      instance_name varchar(255) NOT NULL,
      whitelist_emails text,
      instance_id varchar(255) NOT NULL UNIQUE,
      current_version varchar(255) NOT NULL,
      latest_version varchar(255),
      edition varchar(255) NOT NULL DEFAULT 'PLANE_COMMUNITY',
      domain text NOT NULL DEFAULT '',
      last_checked_at timestamptz NOT NULL,
      namespace varchar(255),
      is_telemetry_enabled boolean NOT NULL DEFAULT true,
      is_support_required boolean NOT NULL DEFAULT true,
      is_setup_done boolean NOT NULL DEFAULT false,
      is_signup_screen_visited boolean NOT NULL DEFAULT false,
      is_verified boolean NOT NULL DEFAULT false,
      is_test boolean NOT NULL DEFAULT false,
      is_current_version_deprecated boolean NOT NULL DEFAULT false,
      created_by uuid,
      updated_by uuid
    )`,
  },
  {
    app: "license",
    name: "0002_instance_configurations",
    sql: `CREATE TABLE instance_configurations (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      deleted_at timestamptz,
      key varchar(100) NOT NULL UNIQUE,
      value text,
      category text NOT NULL,
      is_encrypted boolean NOT NULL DEFAULT false,
      created_by uuid,
      updated_by uuid
    )`,
  },
  {
    app: "license",
    name: "0003_instance_admins",
    sql: `CREATE TABLE instance_admins (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      deleted_at timestamptz,
      user_id uuid NOT NULL UNIQUE REFERENCES users (id),
      instance_id uuid NOT NULL REFERENCES instances (id),
      role smallint NOT NULL DEFAULT 20,
      is_verified boolean NOT NULL DEFAULT false,
      created_by uuid,
      updated_by uuid
    )`,
  },
];
