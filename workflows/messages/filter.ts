import { criticalWords, progressOf } from "./comment.ts";
import type { Context } from "./context.ts";
import type { PlaneEvent } from "./events.ts";

/** What is told (NOTIF-05, OPENCLAW-05, OPENCLAW-12), the most pressing first; nothing else is. */
export const TOPICS = ["critical", "blocked", "review", "completed", "project", "cycle"] as const;
export type Topic = (typeof TOPICS)[number];

/** The topic that an event may belong to, as far as it can be told without asking Plane. */
export function topicOf(event: PlaneEvent): Topic | undefined {
  switch (event.kind) {
    case "issue.completed":
      return "completed";
    case "issue.blocked":
      return "blocked";
    case "issue.review":
      return "review";
    case "issue.activity.created":
    case "issue.activity.updated":
      return criticalWords(event.comment.html) === undefined ? undefined : "critical";
    case "project.created":
      return "project";
    case "cycle.started":
    case "cycle.completed":
      return "cycle";
    default:
      return undefined;
  }
}

/** Whether an event changes what the live message of an agent's work shows (NOTIF-07): a free comment never does. */
export function isLive(event: PlaneEvent): boolean {
  switch (event.kind) {
    case "issue.started":
    case "issue.blocked":
    case "issue.completed":
    case "issue.left":
      return true;
    case "issue.activity.created":
    case "issue.activity.updated":
      return progressOf(event.comment.html) !== undefined;
    default:
      return false;
  }
}

const PRESSING = ["urgent", "high"];

/** Of what is blocked only that is told which presses, or which others wait for (NOTIF-05: critical blockers). */
export function isCriticalBlocker({ item, blocks }: Context): boolean {
  return blocks || PRESSING.includes(item?.priority ?? "none");
}
