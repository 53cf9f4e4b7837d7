import { BASE } from "./columns.ts";
import type { Migration } from "./migration.ts";

/** Accounts that sign in, their sessions and profiles, and who belongs to a workspace. */
export const accounts: Migration[] = [
  {
    app: "db",
    name: "0005_accounts",
    sql: `ALTER TABLE users
        ADD COLUMN password varchar(128) NOT NULL DEFAULT '',
        ADD COLUMN cover_image text,
        ADD COLUMN date_joined timestamptz NOT NULL DEFAULT clock_timestamp(),
        ADD COLUMN mobile_number varchar(255),
        ADD COLUMN bot_type varchar(30),
        ADD COLUMN is_password_autoset boolean NOT NULL DEFAULT false,
        ADD COLUMN is_email_verified boolean NOT NULL DEFAULT false,
        ADD COLUMN token varchar(64) NOT NULL DEFAULT '',
        ADD COLUMN token_updated_at timestamptz,
        ADD COLUMN last_active timestamptz,
        ADD COLUMN last_login timestamptz,
        ADD COLUMN last_login_time timestamptz,
        ADD COLUMN last_logout_time timestamptz,
        ADD COLUMN last_login_ip varchar(255) NOT NULL DEFAULT '',
        ADD COLUMN last_logout_ip varchar(255) NOT NULL DEFAULT '',
        ADD COLUMN last_login_medium varchar(20) NOT NULL DEFAULT 'email',
        ADD COLUMN last_login_uagent text NOT NULL DEFAULT '';
      CREATE TABLE profiles (
        ${BASE},
        user_id uuid NOT NULL UNIQUE REFERENCES users (id),
        theme jsonb NOT NULL DEFAULT '{}',
        is_app_rail_docked boolean NOT NULL DEFAULT true,
        is_tour_completed boolean NOT NULL DEFAULT false,
        onboarding_step jsonb NOT NULL DEFAULT
          '{"workspace_join": false, "profile_complete": false, "workspace_create": false, "workspace_invite": false}',
        use_case text,
        role varchar(300),
        is_onboarded boolean NOT NULL DEFAULT false,
        last_workspace_id uuid,
        billing_address_country varchar(255) NOT NULL DEFAULT 'INDIA',
        billing_address jsonb,
        has_billing_address boolean NOT NULL DEFAULT false,
        company_name varchar(255) NOT NULL DEFAULT '',
        notification_view_mode varchar(255) NOT NULL DEFAULT 'full',
        is_smooth_cursor_enabled boolean NOT NULL DEFAULT false,
        is_mobile_onboarded boolean NOT NULL DEFAULT false,
        mobile_onboarding_step jsonb NOT NULL DEFAULT
          '{"workspace_join": false, "profile_complete": false, "workspace_create": false}',
        mobile_timezone_auto_set boolean NOT NULL DEFAULT false,
        language varchar(255) NOT NULL DEFAULT 'en',
        start_of_the_week smallint NOT NULL DEFAULT 0,
        goals jsonb NOT NULL DEFAULT '{}',
        background_color varchar(255) NOT NULL DEFAULT '',
        is_navigation_tour_completed boolean NOT NULL DEFAULT false,
        has_marketing_email_consent boolean NOT NULL DEFAULT false,
        is_subscribed_to_changelog boolean NOT NULL DEFAULT false,
        product_tour jsonb NOT NULL DEFAULT
          '{"pages": false, "cycles": false, "intake": false, "modules": false, "work_items": false}'
      );
      CREATE TABLE sessions (
        session_key varchar(128) PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES users (id),
        auth_hash varchar(64) NOT NULL,
        expire_date timestamptz NOT NULL
      );
      ALTER TABLE api_tokens
        ADD COLUMN user_type smallint NOT NULL DEFAULT 0,
        ADD COLUMN is_service boolean NOT NULL DEFAULT false,
        ADD COLUMN allowed_rate_limit varchar(255) NOT NULL DEFAULT '60/min',
        ADD COLUMN created_by_id uuid,
        ADD COLUMN updated_by_id uuid,
        ADD COLUMN workspace_id uuid;
      CREATE INDEX api_tokens_user ON api_tokens (user_id)`,
  },
  {
    app: "db",
    name: "0006_workspace_members",
    sql: `ALTER TABLE workspaces
        ADD COLUMN logo text,
        ADD COLUMN logo_asset_id uuid,
        ADD COLUMN organization_size varchar(20),
        ADD COLUMN timezone varchar(255) NOT NULL DEFAULT 'UTC',
        ADD COLUMN background_color varchar(255) NOT NULL DEFAULT '',
        ADD COLUMN created_by_id uuid,
        ADD COLUMN updated_by_id uuid,
        ALTER COLUMN slug TYPE varchar(100);
      CREATE TABLE workspace_members (
        ${BASE},
        workspace_id uuid NOT NULL REFERENCES workspaces (id),
        member_id uuid NOT NULL REFERENCES users (id),
        role smallint NOT NULL DEFAULT 5,
        company_role text,
        is_active boolean NOT NULL DEFAULT true
      );
      CREATE UNIQUE INDEX workspace_member_unique ON workspace_members (workspace_id, member_id)
        WHERE deleted_at IS NULL;
      CREATE TABLE workspace_member_invites (
        ${BASE},
        workspace_id uuid NOT NULL REFERENCES workspaces (id),
        email varchar(255) NOT NULL,
        accepted boolean NOT NULL DEFAULT false,
        token varchar(512) NOT NULL DEFAULT '',
        message text,
        responded_at timestamptz,
        role smallint NOT NULL DEFAULT 5
      );
      CREATE UNIQUE INDEX workspace_member_invite_unique ON workspace_member_invites (workspace_id, email)
        WHERE deleted_at IS NULL`,
  },
];
