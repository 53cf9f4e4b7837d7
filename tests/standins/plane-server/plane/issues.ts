import { iso, type Row } from "../database.ts";
import { userLiteJson } from "./users.ts";

/** A work item as `/api/v1` shows it, of the alias `i`. */
export const ISSUE = `i.id, NULL AS type_id, i.created_at, i.updated_at, i.deleted_at, NULL AS point, i.name,
  i.description_html, NULL AS description_binary, i.priority, i.start_date, i.target_date, i.sequence_id,
  i.sort_order, i.completed_at, i.archived_at, i.is_draft, i.external_source, i.external_id,
  i.created_by_id AS created_by, i.updated_by_id AS updated_by, i.project_id AS project,
  i.workspace_id AS workspace, i.parent_id AS parent, i.state_id AS state,
  i.estimate_point_id AS estimate_point, NULL AS type,
  ARRAY(SELECT assignee_id FROM issue_assignees a WHERE a.issue_id = i.id ORDER BY position) AS assignees,
  ARRAY(SELECT label_id FROM issue_labels l WHERE l.issue_id = i.id ORDER BY position) AS labels`;

export const PRIORITIES = ["urgent", "high", "medium", "low", "none"];
const GROUPS = ["backlog", "unstarted", "started", "completed", "cancelled"];

const COLUMNS: Record<string, string> = {
  created_at: "i.created_at",
  updated_at: "i.updated_at",
  sequence_id: "i.sequence_id",
  name: "i.name",
  sort_order: "i.sort_order",
  start_date: "i.start_date",
  target_date: "i.target_date",
  completed_at: "i.completed_at",
  id: "i.id",
  external_id: "i.external_id",
  priority: `array_position(ARRAY[${PRIORITIES.map((p) => `'${p}'`).join(", ")}], i.priority::text)`,
  state__group: `array_position(ARRAY[${GROUPS.map((g) => `'${g}'`).join(", ")}],
    (SELECT s."group"::text FROM states s WHERE s.id = i.state_id))`,
  state__name: "(SELECT s.name FROM states s WHERE s.id = i.state_id)",
  labels__name:
    "(SELECT max(l.name) FROM issue_labels x JOIN labels l ON l.id = x.label_id WHERE x.issue_id = i.id)",
  assignees__first_name:
    "(SELECT max(u.first_name) FROM issue_assignees x JOIN users u ON u.id = x.assignee_id WHERE x.issue_id = i.id)",
};

/** SQL for `order_by`; unknown fields are an error, which the api answers with 500. */
export function issueOrder(orderBy: string): string {
  const column = COLUMNS[orderBy.replace(/^-/, "")];
  if (column === undefined) throw new Error(`Cannot resolve keyword '${orderBy}' into field.`);
  return `${column}${orderBy.startsWith("-") ? " DESC" : ""}, i.created_at`;
}

const EXPANSIONS: Record<string, string> = {
  state: `(SELECT jsonb_build_object('id', s.id, 'name', s.name, 'color', s.color, 'group', s."group")
    FROM states s WHERE s.id = i.state_id)`,
  labels: `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'created_at', ${iso("l.created_at")}, 'updated_at', ${iso("l.updated_at")}, 'deleted_at', ${iso("l.deleted_at")}, 'name', l.name, 'description', l.description, 'color', l.color,
      'sort_order', l.sort_order, 'external_source', l.external_source, 'external_id', l.external_id,
      'created_by', l.created_by_id, 'updated_by', l.updated_by_id, 'workspace', l.workspace_id,
      'project', l.project_id, 'parent', l.parent_id) ORDER BY l.created_at DESC), '[]')
    FROM issue_labels x JOIN labels l ON l.id = x.label_id WHERE x.issue_id = i.id)`,
  assignees: `(SELECT coalesce(jsonb_agg(${userLiteJson("u")} ORDER BY u.created_at DESC), '[]')
    FROM issue_assignees x JOIN users u ON u.id = x.assignee_id WHERE x.issue_id = i.id)`,
  project: `(SELECT jsonb_build_object('id', p.id, 'identifier', p.identifier, 'name', p.name, 'cover_image',
      p.cover_image, 'icon_prop', p.icon_prop, 'emoji', p.emoji, 'description', p.description,
      'cover_image_url', NULL) FROM projects p WHERE p.id = i.project_id)`,
  parent: `coalesce((SELECT jsonb_build_object('id', x.id, 'sequence_id', x.sequence_id, 'project_id', x.project_id)
    FROM issues x WHERE x.id = i.parent_id), '{}')`,
  created_by: `(SELECT ${userLiteJson("u")} FROM users u WHERE u.id = i.created_by_id)`,
  estimate_point: `coalesce(
    (SELECT jsonb_build_object('id', e.id, 'created_at', ${iso("e.created_at")}, 'updated_at', ${iso("e.updated_at")}, 'deleted_at', ${iso("e.deleted_at")}, 'key', e.key, 'description', e.description, 'value', e.value, 'created_by',
        e.created_by_id, 'updated_by', e.updated_by_id, 'project', e.project_id, 'workspace', e.workspace_id,
        'estimate', e.estimate_id) FROM estimate_points e WHERE e.id = i.estimate_point_id),
    '{"deleted_at": null, "key": null, "description": "", "value": "", "created_by": null, "updated_by": null}')`,
};

/** The columns of a work item with `expand=state,labels,...` carried out. */
export function issueColumns(expand: string | null): string {
  const wanted = (expand ?? "").split(",").filter((name) => name in EXPANSIONS);
  return wanted.reduce((columns, name) => `${columns}, ${EXPANSIONS[name]} AS "+${name}"`, ISSUE);
}

/** Puts what was expanded in the place of the bare ids. */
export function expanded(row: Row): Row {
  for (const name of Object.keys(row).filter((key) => key.startsWith("+"))) {
    row[name.slice(1)] = row[name];
    delete row[name];
  }
  return row;
}
