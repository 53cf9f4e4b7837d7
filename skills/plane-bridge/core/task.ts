import type { WorkItem } from "../../../plane/api/workItems.ts";
import type { Fields } from "../../../plane/fields/declarations.ts";
import { type FieldProblem, readFields } from "../../../plane/fields/read.ts";
import type { Board } from "./desk.ts";
import { asData } from "./markdown.ts";
import { type Status, statusOf } from "./status.ts";

/** A work item as the agents see it. */
export interface Task {
  item: WorkItem;
  board: Board;
  /** What people and agents call it: `ONB-3`. */
  key: string;
  /** Undefined in a state that is none of ours. */
  status: Status | undefined;
  fields: Fields;
  /** What a person should mend in the field block. */
  problems: FieldProblem[];
}

/** What was read of a version of an item: a list is asked for often, and changes little. */
const made = new WeakMap<WorkItem, Task>();

export function taskOf(item: WorkItem, board: Board): Task {
  const known = made.get(item);
  if (known?.board === board) return known;
  const task = read(item, board);
  made.set(item, task);
  return task;
}

function read(item: WorkItem, board: Board): Task {
  const state = board.states.find(({ id }) => id === item.state);
  const { fields, problems } = readFields(item.description_html);
  return {
    item,
    board,
    key: `${board.project.identifier}-${item.sequence_id}`,
    status: state === undefined ? undefined : statusOf(state),
    fields,
    problems,
  };
}

/** `todo`, `in_progress`, ..., or the state's own name, marked as data, where it is none of ours. */
export function statusName({ item, board, status }: Task): string {
  if (status !== undefined) return status;
  const name = board.states.find(({ id }) => id === item.state)?.name;
  return name === undefined ? "unknown" : asData(name);
}
