import type { Task } from "../core/task.ts";
import { byUrgency } from "../tools/listMyTasks.ts";

/** What an agent is woken for. */
export interface News {
  /** What is new or free to start. */
  ready: readonly Task[];
  /** What somebody else changed since the agent was told of it. */
  changed: readonly Task[];
  /** What it has in progress: its load, by which it decides what to take (OPENCLAW-09). */
  inProgress: readonly Task[];
  /** What it has in progress without a sign of work for an hour: a session may have died. */
  left: readonly Task[];
}

/** The words for an agent: ours, with ids of tasks and nothing that somebody wrote in Plane. */
export function wakeMessage({ ready, changed, inProgress, left }: News): string {
  const line = (words: string, tasks: readonly Task[]) =>
    tasks.length === 0 ? [] : [`${words}: ${keysOf(tasks.toSorted(byUrgency))}.`];
  return [
    "Your tasks in Plane.",
    ...line("Ready, the most urgent first", ready),
    ...line("Changed by somebody else", changed),
    ...line("In progress", inProgress),
    ...line("In progress without a sign for an hour: go on, or block it with a reason", left),
    "Next: plane_list_my_tasks; decide by priority and by what you have in progress.",
  ].join(" ");
}

export function blockedMessage(task: Task, failed: readonly Task[]): string {
  return (
    `${keysOf([task])} is blocked: it depends on ${keysOf(failed)}, blocked or cancelled. ` +
    "Next: look at both with plane_get_task_details; then replan, reassign or cancel."
  );
}

export function strangersMessage(tasks: readonly Task[]): string {
  return (
    `Open tasks whose agent_id is no agent of the platform: ${keysOf(tasks)}. ` +
    "Next: look at each with plane_get_task_details, and make a task for an agent that is, or cancel it."
  );
}

/** For the concierge: nobody works on it, it seems. */
export function leftMessage(task: Task, agentId: string): string {
  return (
    `${keysOf([task])} is in progress, but ${agentId} has shown no sign of work on it for two hours, though told to go on. ` +
    "Next: look at it with plane_get_task_details; then set it back to todo, reassign or cancel it."
  );
}

export function spentMessage(): string {
  return "The month's budget is spent: agents are woken for no new work until it is raised or the month ends. Next: plane_budget, and tell the human.";
}

function keysOf(tasks: readonly Task[]): string {
  // An identifier of a person's choice may hold what an agent's tools do not read.
  return tasks.map(({ key, item }) => (/^[A-Z0-9]{1,12}-\d+$/.test(key) ? key : item.id)).join(", ");
}
