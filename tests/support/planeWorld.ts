/** The content of a Plane without ids, times and secrets: each list sorted, so that two worlds compare by deepEqual. */
export type World = Record<string, unknown[]>;

const EMAIL = (id: string): string => `(SELECT email FROM users WHERE id = ${id})`;
const PROJECT = "(SELECT identifier FROM projects p WHERE p.id = project_id)";
const WORKSPACE = (id: string): string => `(SELECT slug FROM workspaces w WHERE w.id = ${id})`;
const STATE = (id: string): string => `(SELECT name FROM states s WHERE s.id = ${id})`;

/** What is compared; a row that is there twice counts twice. */
const QUERIES: Record<string, string> = {
  instance: `SELECT instance_name, is_setup_done, is_telemetry_enabled,
      ARRAY(SELECT email FROM instance_admins a JOIN users u ON u.id = a.user_id ORDER BY email) AS admins
    FROM instances`,
  configuration: "SELECT key, value FROM instance_configurations",
  users: `SELECT email, first_name, last_name, display_name, user_timezone, is_active, is_bot, p.language,
      p.is_onboarded, p.is_tour_completed
    FROM users LEFT JOIN profiles p ON p.user_id = users.id`,
  tokens: `SELECT ${EMAIL("user_id")} AS owner, label, description, is_active, expired_at IS NULL AS lasting,
      count(*)::int AS count
    FROM api_tokens WHERE deleted_at IS NULL GROUP BY user_id, label, description, is_active, expired_at IS NULL`,
  workspaces: `SELECT slug, name, organization_size, timezone, ${EMAIL("owner_id")} AS owner
    FROM workspaces WHERE deleted_at IS NULL`,
  members: `SELECT ${WORKSPACE("workspace_id")} AS workspace, ${EMAIL("member_id")} AS member, role
    FROM workspace_members WHERE is_active AND deleted_at IS NULL`,
  invitations: `SELECT ${WORKSPACE("workspace_id")} AS workspace, email, role, accepted
    FROM workspace_member_invites WHERE deleted_at IS NULL`,
  projects: `SELECT ${WORKSPACE("workspace_id")} AS workspace, identifier, name, description, network, timezone,
      module_view, cycle_view, issue_views_view, page_view, intake_view, is_time_tracking_enabled,
      is_issue_type_enabled, guest_view_all_features, archive_in, close_in, archived_at IS NOT NULL AS archived,
      external_source, external_id, ${EMAIL("project_lead_id")} AS project_lead,
      ${EMAIL("default_assignee_id")} AS default_assignee, ${STATE("default_state_id")} AS default_state
    FROM projects WHERE deleted_at IS NULL`,
  projectMembers: `SELECT ${PROJECT} AS project, ${EMAIL("member_id")} AS member, role
    FROM project_members WHERE is_active AND deleted_at IS NULL`,
  states: `SELECT ${PROJECT} AS project, name, description, color, "group", "default", sequence, external_source,
      external_id
    FROM states WHERE deleted_at IS NULL`,
  labels: `SELECT ${PROJECT} AS project, name, description, color, external_source, external_id,
      (SELECT name FROM labels x WHERE x.id = l.parent_id) AS parent
    FROM labels l WHERE deleted_at IS NULL`,
  workItems: `SELECT ${PROJECT} AS project, name, description_html, priority, ${STATE("state_id")} AS state,
      external_source, external_id, start_date::text, target_date::text, completed_at IS NOT NULL AS completed,
      archived_at IS NOT NULL AS archived, ${EMAIL("created_by_id")} AS author,
      (SELECT name FROM issues x WHERE x.id = i.parent_id) AS parent,
      ARRAY(SELECT l.name FROM issue_labels x JOIN labels l ON l.id = x.label_id
        WHERE x.issue_id = i.id ORDER BY 1) AS labels,
      ARRAY(SELECT u.email FROM issue_assignees x JOIN users u ON u.id = x.assignee_id
        WHERE x.issue_id = i.id ORDER BY 1) AS assignees,
      ARRAY(SELECT r.relation_type || ' ' || o.name FROM issue_relations r JOIN issues o ON o.id = r.related_issue_id
        WHERE r.issue_id = i.id AND r.deleted_at IS NULL ORDER BY 1) AS relations
    FROM issues i WHERE deleted_at IS NULL`,
  comments: `SELECT ${PROJECT} AS project, (SELECT name FROM issues i WHERE i.id = issue_id) AS work_item,
      comment_html, access, external_source, external_id, ${EMAIL("actor_id")} AS author
    FROM issue_comments WHERE deleted_at IS NULL`,
  attachments: `SELECT attributes->>'name' AS name, size, attributes->>'type' AS type, is_uploaded, external_id,
      (SELECT name FROM issues i WHERE i.id = issue_id) AS work_item, ${EMAIL("created_by_id")} AS author
    FROM file_assets WHERE deleted_at IS NULL`,
  webhooks: `SELECT ${WORKSPACE("workspace_id")} AS workspace, url, is_active, project, issue, module, cycle,
      issue_comment
    FROM webhooks WHERE deleted_at IS NULL`,
};

/** Reads a world through `sql`, which runs a statement in Plane's database. */
export async function worldOf(sql: (text: string) => Promise<Record<string, unknown>[]>): Promise<World> {
  const lists = await Promise.all(
    Object.entries(QUERIES).map(async ([name, text]): Promise<[string, unknown[]]> => {
      const rows = (await sql(text)).map((row) => ({ row, order: JSON.stringify(row) }));
      rows.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
      return [name, rows.map(({ row }) => row)];
    }),
  );
  return Object.fromEntries(lists);
}
