import { BASE, EXTERNAL, IN_PROJECT } from "./columns.ts";
import type { Migration } from "./migration.ts";

/** Projects and what they are set up with. */
export const projects: Migration[] = [
  {
    app: "db",
    name: "0007_projects",
    sql: `CREATE TABLE projects (
        ${BASE},
        workspace_id uuid NOT NULL REFERENCES workspaces (id),
        name varchar(255) NOT NULL,
        description text NOT NULL DEFAULT '',
        network smallint NOT NULL DEFAULT 2,
        identifier varchar(12) NOT NULL,
        default_assignee_id uuid REFERENCES users (id),
        project_lead_id uuid REFERENCES users (id),
        emoji varchar(255),
        icon_prop jsonb,
        module_view boolean NOT NULL DEFAULT false,
        cycle_view boolean NOT NULL DEFAULT false,
        issue_views_view boolean NOT NULL DEFAULT false,
        page_view boolean NOT NULL DEFAULT true,
        intake_view boolean NOT NULL DEFAULT false,
        is_time_tracking_enabled boolean NOT NULL DEFAULT false,
        is_issue_type_enabled boolean NOT NULL DEFAULT false,
        guest_view_all_features boolean NOT NULL DEFAULT false,
        cover_image text,
        cover_image_asset_id uuid,
        archive_in integer NOT NULL DEFAULT 0,
        close_in integer NOT NULL DEFAULT 0,
        logo_props jsonb NOT NULL DEFAULT '{}',
        archived_at timestamptz,
        timezone varchar(255) NOT NULL DEFAULT 'UTC',
        ${EXTERNAL},
        estimate_id uuid,
        default_state_id uuid
      );
      CREATE UNIQUE INDEX project_unique_name ON projects (workspace_id, name) WHERE deleted_at IS NULL;
      CREATE UNIQUE INDEX project_unique_identifier ON projects (workspace_id, identifier) WHERE deleted_at IS NULL;
      CREATE TABLE project_members (
        ${IN_PROJECT},
        member_id uuid NOT NULL REFERENCES users (id),
        role smallint NOT NULL DEFAULT 5,
        sort_order double precision NOT NULL DEFAULT 65535,
        is_active boolean NOT NULL DEFAULT true
      );
      CREATE UNIQUE INDEX project_member_unique ON project_members (project_id, member_id) WHERE deleted_at IS NULL;
      CREATE TABLE states (
        ${IN_PROJECT},
        name varchar(255) NOT NULL,
        description text NOT NULL DEFAULT '',
        color varchar(255) NOT NULL,
        slug varchar(100) NOT NULL DEFAULT '',
        sequence double precision NOT NULL DEFAULT 65535,
        "group" varchar(20) NOT NULL DEFAULT 'backlog',
        is_triage boolean NOT NULL DEFAULT false,
        "default" boolean NOT NULL DEFAULT false,
        ${EXTERNAL}
      );
      CREATE UNIQUE INDEX state_unique_name ON states (project_id, name) WHERE deleted_at IS NULL;
      CREATE TABLE labels (
        ${IN_PROJECT},
        parent_id uuid REFERENCES labels (id),
        name varchar(255) NOT NULL,
        description text NOT NULL DEFAULT '',
        color varchar(255) NOT NULL DEFAULT '',
        sort_order double precision NOT NULL DEFAULT 65535,
        ${EXTERNAL}
      );
      CREATE UNIQUE INDEX label_unique_name ON labels (project_id, name) WHERE deleted_at IS NULL;
      CREATE TABLE estimates (
        ${IN_PROJECT},
        name varchar(255) NOT NULL,
        description text NOT NULL DEFAULT '',
        type varchar(255) NOT NULL DEFAULT 'categories',
        last_used boolean NOT NULL DEFAULT false
      );
      CREATE TABLE estimate_points (
        ${IN_PROJECT},
        estimate_id uuid NOT NULL REFERENCES estimates (id),
        key integer NOT NULL DEFAULT 0,
        description text NOT NULL DEFAULT '',
        value varchar(255) NOT NULL
      )`,
  },
  {
    app: "db",
    name: "0008_issues",
    sql: `CREATE TABLE issues (
        ${IN_PROJECT},
        parent_id uuid REFERENCES issues (id),
        state_id uuid REFERENCES states (id),
        estimate_point_id uuid REFERENCES estimate_points (id),
        name varchar(255) NOT NULL,
        description_html text NOT NULL DEFAULT '<p></p>',
        description_stripped text NOT NULL DEFAULT '',
        priority varchar(30) NOT NULL DEFAULT 'none',
        start_date date,
        target_date date,
        sequence_id integer NOT NULL,
        sort_order double precision NOT NULL DEFAULT 65535,
        completed_at timestamptz,
        archived_at timestamptz,
        is_draft boolean NOT NULL DEFAULT false,
        ${EXTERNAL}
      );
      CREATE TABLE issue_sequences (
        project_id uuid PRIMARY KEY REFERENCES projects (id),
        last integer NOT NULL
      );
      CREATE INDEX issue_project ON issues (project_id, created_at);
      CREATE INDEX issue_external ON issues (project_id, external_id);
      CREATE TABLE issue_assignees (
        position bigint GENERATED ALWAYS AS IDENTITY,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        issue_id uuid NOT NULL REFERENCES issues (id),
        assignee_id uuid NOT NULL REFERENCES users (id),
        PRIMARY KEY (issue_id, assignee_id)
      );
      CREATE TABLE issue_labels (
        position bigint GENERATED ALWAYS AS IDENTITY,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        issue_id uuid NOT NULL REFERENCES issues (id),
        label_id uuid NOT NULL REFERENCES labels (id),
        PRIMARY KEY (issue_id, label_id)
      );
      CREATE TABLE issue_relations (
        ${IN_PROJECT},
        issue_id uuid NOT NULL REFERENCES issues (id),
        related_issue_id uuid NOT NULL REFERENCES issues (id),
        relation_type varchar(20) NOT NULL
      );
      CREATE UNIQUE INDEX issue_relation_unique ON issue_relations (issue_id, related_issue_id)
        WHERE deleted_at IS NULL;
      CREATE INDEX issue_relation_related ON issue_relations (related_issue_id);
      CREATE TABLE issue_comments (
        ${IN_PROJECT},
        issue_id uuid NOT NULL REFERENCES issues (id),
        actor_id uuid REFERENCES users (id),
        parent_id uuid,
        description_id uuid NOT NULL DEFAULT gen_random_uuid(),
        comment_html text NOT NULL DEFAULT '<p></p>',
        access varchar(20) NOT NULL DEFAULT 'INTERNAL',
        edited_at timestamptz,
        ${EXTERNAL}
      );
      CREATE INDEX issue_comment_issue ON issue_comments (issue_id, created_at)`,
  },
  {
    app: "db",
    name: "0009_webhooks",
    sql: `CREATE TABLE webhooks (
        ${BASE},
        workspace_id uuid NOT NULL REFERENCES workspaces (id),
        url varchar(1024) NOT NULL,
        is_active boolean NOT NULL DEFAULT true,
        secret_key varchar(255) NOT NULL,
        project boolean NOT NULL DEFAULT false,
        issue boolean NOT NULL DEFAULT false,
        module boolean NOT NULL DEFAULT false,
        cycle boolean NOT NULL DEFAULT false,
        issue_comment boolean NOT NULL DEFAULT false,
        is_internal boolean NOT NULL DEFAULT false,
        version varchar(50) NOT NULL DEFAULT 'v1'
      );
      CREATE UNIQUE INDEX webhook_unique_url ON webhooks (workspace_id, url) WHERE deleted_at IS NULL`,
  },
];
