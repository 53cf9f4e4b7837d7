import type { Label } from "../../../plane/api/labels.ts";
import type { WorkItem } from "../../../plane/api/workItems.ts";
import { labelsOf } from "../../../plane/fields/declarations.ts";
import { readFields } from "../../../plane/fields/read.ts";
import { REVIEW_LABEL } from "../../../plane/projectSetup.ts";
import type { Task } from "./task.ts";

/** Start of the labels that mirror `agent_id`. */
export const AGENT_LABEL = "agent:";

/** Whether a label says what a field says: the others are people's own. */
export function isMirror(name: string): boolean {
  return name === REVIEW_LABEL || name.startsWith(AGENT_LABEL);
}

/**
 * Ids of the labels that a task is to have once its item is `after`: people's own stay, ours follow the fields. A
 * review that is asked for stays until somebody takes the label away. Undefined when they are right already.
 */
export function mirroredLabels(task: Task, after: WorkItem, labels: readonly Label[]): string[] | undefined {
  const wanted = new Set(labelsOf(readFields(after.description_html).fields));
  const named = new Map(labels.map((label) => [label.id, label.name]));
  const kept = task.item.labels.filter((id) => {
    const name = named.get(id);
    return name === undefined || !isMirror(name) || wanted.has(name) || name === REVIEW_LABEL;
  });
  const added = labels.filter(({ id, name }) => wanted.has(name) && !kept.includes(id)).map(({ id }) => id);
  const next = [...kept, ...added];
  const same = next.length === task.item.labels.length && next.every((id) => task.item.labels.includes(id));
  return same ? undefined : next;
}
