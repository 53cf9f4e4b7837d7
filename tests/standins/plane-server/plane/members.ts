import { memberJson } from "./users.ts";

const FILTERS = {
  state: null,
  labels: null,
  priority: null,
  assignees: null,
  created_by: null,
  start_date: null,
  subscriber: null,
  state_group: null,
  target_date: null,
};
const DISPLAY_FILTERS = {
  type: null,
  layout: "list",
  group_by: null,
  order_by: "-created_at",
  sub_issue: true,
  show_empty_groups: true,
  calendar_date_range: "",
};
const DISPLAY_PROPERTIES = {
  key: true,
  link: true,
  state: true,
  labels: true,
  assignee: true,
  due_date: true,
  estimate: true,
  priority: true,
  created_on: true,
  start_date: true,
  updated_on: true,
  sub_issue_count: true,
  attachment_count: true,
};
const PROPS = {
  filters: FILTERS,
  display_filters: DISPLAY_FILTERS,
  display_properties: DISPLAY_PROPERTIES,
};

/** What a membership shows besides its columns: preferences that nobody changes here. */
export const MEMBER_PROPS = {
  view_props: PROPS,
  default_props: PROPS,
  issue_props: { created: true, assigned: true, all_issues: true, subscribed: true },
  getting_started_checklist: {},
  tips: {},
  explored_features: {},
};

/** SQL for the active memberships of workspaces, with the person; a condition may follow. */
export function memberRow({ admin }: { admin: boolean }): string {
  return `SELECT m.id, ${memberJson("u", { admin })} AS member, m.created_at, m.updated_at, m.deleted_at, m.role,
      m.company_role, m.is_active, m.created_by_id AS created_by, m.updated_by_id AS updated_by,
      m.workspace_id AS workspace
    FROM workspace_members m JOIN users u ON u.id = m.member_id
    WHERE m.is_active AND m.deleted_at IS NULL`;
}
