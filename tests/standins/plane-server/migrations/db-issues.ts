import { EXTERNAL, IN_PROJECT } from "./columns.ts";
import type { Migration } from "./migration.ts";

/** What gathers around a work item: its history and its files. */
export const issues: Migration[] = [
  {
    app: "db",
    name: "0010_issue_activities",
    sql: `CREATE TABLE issue_activities (
        ${IN_PROJECT},
        position bigint GENERATED ALWAYS AS IDENTITY,
        issue_id uuid REFERENCES issues (id),
        actor_id uuid REFERENCES users (id),
        verb varchar(255) NOT NULL DEFAULT 'created',
        field varchar(255),
        old_value text,
        new_value text,
        comment text NOT NULL DEFAULT '',
        old_identifier uuid,
        new_identifier uuid,
        epoch double precision NOT NULL DEFAULT floor(extract(epoch FROM clock_timestamp()))
      );
      CREATE INDEX issue_activity_issue ON issue_activities (issue_id, created_at)`,
  },
  {
    app: "db",
    name: "0011_file_assets",
    sql: `CREATE TABLE file_assets (
        ${IN_PROJECT},
        issue_id uuid REFERENCES issues (id),
        attributes jsonb NOT NULL DEFAULT '{}',
        asset varchar(800) NOT NULL,
        entity_type varchar(255) NOT NULL,
        is_deleted boolean NOT NULL DEFAULT false,
        is_archived boolean NOT NULL DEFAULT false,
        size double precision NOT NULL DEFAULT 0,
        is_uploaded boolean NOT NULL DEFAULT false,
        storage_metadata jsonb NOT NULL DEFAULT '{}',
        ${EXTERNAL}
      );
      CREATE INDEX file_asset_issue ON file_assets (issue_id)`,
  },
];
