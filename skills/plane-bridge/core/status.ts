import type { State } from "../../../plane/api/states.ts";
import { EXTERNAL_SOURCE } from "../../../plane/projectSetup.ts";

/** The states of a task under the names that the agents use (OPENCLAW-04). */
export const STATUSES = ["backlog", "todo", "in_progress", "blocked", "done", "cancelled"] as const;
export type Status = (typeof STATUSES)[number];

/** What an agent works on or has before it. */
export const OPEN: readonly Status[] = ["todo", "in_progress"];
/** What costs money that is not spent yet. */
export const ACTIVE: readonly Status[] = ["todo", "in_progress", "blocked"];
/** A dependency that will not be done by itself. */
export const FAILED: readonly Status[] = ["blocked", "cancelled"];

/** Where a task may go from each status. What is done or cancelled stays so; a person may reopen it in Plane. */
const NEXT: Record<Status, readonly Status[]> = {
  backlog: ["todo", "cancelled"],
  todo: ["in_progress", "blocked", "cancelled"],
  in_progress: ["done", "blocked", "cancelled", "todo"],
  blocked: ["in_progress", "todo", "cancelled"],
  done: [],
  cancelled: [],
};

export function nextStatuses(from: Status): readonly Status[] {
  return NEXT[from];
}

/**
 * The status of a state: by our external id, else by name, never by group: two of ours are in the group `started`.
 * Undefined for a state that somebody else made.
 */
export function statusOf({ name, external_source, external_id }: State): Status | undefined {
  const ours = external_source === EXTERNAL_SOURCE ? external_id?.replace("state:", "") : undefined;
  const word = (ours ?? name).toLowerCase().replaceAll(/[\s-]+/g, "_");
  return STATUSES.find((status) => status === word);
}

/** The state of a status, by the same rule; ours goes before one of the same name. */
export function stateOf(states: readonly State[], status: Status): State | undefined {
  const fitting = states.filter((state) => statusOf(state) === status);
  return fitting.find(({ external_source }) => external_source === EXTERNAL_SOURCE) ?? fitting[0];
}
