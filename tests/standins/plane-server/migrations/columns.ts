/** Columns that every model of Plane has. */
export const BASE = `id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  deleted_at timestamptz,
  created_by_id uuid REFERENCES users (id),
  updated_by_id uuid REFERENCES users (id)`;

/** Columns of what belongs to a project. */
export const IN_PROJECT = `${BASE},
  workspace_id uuid NOT NULL REFERENCES workspaces (id),
  project_id uuid NOT NULL REFERENCES projects (id)`;

/** Where a row came from, for whoever imports. */
export const EXTERNAL = "external_source varchar(255), external_id varchar(255)";
