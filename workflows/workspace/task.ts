import type { Fields } from "../../plane/fields/declarations.ts";
import type { Entry } from "./answers.ts";
import { fieldsOf } from "./fields.ts";
import type { Project } from "./project.ts";
import { type Status, statusOf } from "./status.ts";

/** What a task needs of a work item. */
export const TASK_QUERY = {
  fields: "id,sequence_id,name,priority,state,target_date,completed_at,description_html,assignees",
  expand: "state,assignees",
  order_by: "sequence_id",
};

/** Plane's priorities, the most pressing first. */
const PRIORITIES = ["urgent", "high", "medium", "low", "none"];

/** A work item as answers tell of it. */
export interface Task {
  id: string;
  project: Project;
  /** What people call it: `ONB-3`. */
  key: string;
  name: string;
  status: Status;
  /** 0 is the most pressing. */
  priority: number;
  /** `2026-11-27`. */
  due: string | undefined;
  /** An instant. */
  completedAt: string | undefined;
  /** Who the agents take for its owner is `fields.agent_id`, never an assignee (OPENCLAW-10). */
  fields: Fields;
  /** Display names of its assignees. */
  assignees: string[];
}

export function taskOf(project: Project, item: Entry): Task {
  const state = (item["state"] ?? {}) as Entry;
  const priority = PRIORITIES.indexOf(String(item["priority"]));
  return {
    id: String(item["id"]),
    project,
    key: `${project.identifier}-${item["sequence_id"]}`,
    name: String(item["name"]),
    status: statusOf({ name: String(state["name"]), group: String(state["group"]) }),
    priority: priority === -1 ? PRIORITIES.length : priority,
    due: text(item["target_date"]),
    completedAt: text(item["completed_at"]),
    fields: fieldsOf(text(item["description_html"]) ?? null),
    assignees: people(item["assignees"]),
  };
}

function people(assignees: unknown): string[] {
  return Array.isArray(assignees) ? assignees.map((person: Entry) => String(person["display_name"])) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The most pressing first: by priority, then what is due first, then the oldest. */
export function byUrgency(a: Task, b: Task): number {
  return (
    a.priority - b.priority || (a.due ?? "9999").localeCompare(b.due ?? "9999") || a.key.localeCompare(b.key)
  );
}
