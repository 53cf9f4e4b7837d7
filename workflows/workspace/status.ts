/** The states of a task (OPENCLAW-04), in the order in which they are shown. */
export const STATUSES = ["in_progress", "blocked", "todo", "backlog", "done", "cancelled"] as const;
export type Status = (typeof STATUSES)[number];

/** What costs money that is not spent yet: as the bridge's `plane_budget` has it. */
export const ACTIVE: readonly Status[] = ["in_progress", "blocked", "todo"];
/** What is still to be done. */
export const OPEN: readonly Status[] = [...ACTIVE, "backlog"];

/** What a state of somebody else's making counts as. */
const BY_GROUP: Record<string, Status> = {
  backlog: "backlog",
  unstarted: "todo",
  started: "in_progress",
  completed: "done",
  cancelled: "cancelled",
};

/**
 * The status of a state by its name, which Pulumi keeps, else by its group: In Progress and Blocked share one. Lists
 * show a state without its external id (contracts/plane, `work-item.list.expand`), and a call for the states of each
 * project would double what a command costs of the token's 100 requests a minute.
 */
export function statusOf(state: { name: string; group: string }): Status {
  const word = state.name.toLowerCase().replaceAll(/[\s-]+/g, "_");
  return STATUSES.find((status) => status === word) ?? BY_GROUP[state.group] ?? "backlog";
}
