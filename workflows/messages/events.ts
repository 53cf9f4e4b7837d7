import type { Project } from "../workspace/project.ts";
import type { Delivery } from "./delivery.ts";
import { type Item, itemOf, projectOf } from "./item.ts";
import { AGENT_LABEL, REVIEW_LABEL } from "./labels.ts";
import { type Person, personOf } from "./person.ts";
import { textOf, textsOf } from "./read.ts";

/** Something that happened to a work item. Its status is the one that it has got. */
export interface ItemEvent {
  kind:
    | "issue.created"
    | "issue.updated"
    | "issue.started"
    | "issue.blocked"
    | "issue.completed"
    /** Given back, cancelled, put off. */
    | "issue.left"
    | "issue.assigned"
    /** A person is asked to look at it (OPENCLAW-12). */
    | "issue.review";
  item: Item;
  actor: Person | undefined;
  field: string | undefined;
  /** False where the catch-up only sees how the item is: that is news to who has heard of it before. */
  isProven: boolean;
}

/** A comment was written or changed. */
export interface CommentEvent {
  kind: "issue.activity.created" | "issue.activity.updated";
  comment: { id: string; issue: string; project: string; html: string; at: string };
  actor: Person | undefined;
}

export interface ProjectEvent {
  kind: "project.created";
  project: Project;
  actor: Person | undefined;
}

/** A cycle began or ended: Plane sends nothing about that, its dates say so (`cycles.ts`). */
export interface CycleEvent {
  kind: "cycle.started" | "cycle.completed";
  cycle: {
    id: string;
    project: string;
    name: string;
    /** Instants. */
    start: string;
    end: string;
    /** Of the project. */
    timeZone: string;
    /** Tasks of the cycle, and how many of them are done. */
    total: number;
    done: number;
  };
}

/** What happened in Plane, in the words of NOTIF-01. */
export type PlaneEvent = ItemEvent | CommentEvent | ProjectEvent | CycleEvent;

/** The event of each status that a work item gets. */
const STATUS_EVENTS = {
  in_progress: "issue.started",
  blocked: "issue.blocked",
  done: "issue.completed",
  todo: "issue.left",
  backlog: "issue.left",
  cancelled: "issue.left",
} as const;

/** The event of a work item that has got the status that it has. */
export function statusEvent(item: Item, actor: Person | undefined): ItemEvent {
  return { kind: STATUS_EVENTS[item.status], item, actor, field: "state", isProven: true };
}

/** What a delivery tells of; a reason when that is nothing that anybody here listens to. */
export function classify(delivery: Delivery): { event: PlaneEvent } | { reason: string } {
  const { event, action } = delivery;
  const found = action === "deleted" ? undefined : READERS[event]?.(delivery);
  return found === undefined ? { reason: `nobody listens to ${event} ${action}` } : { event: found };
}

const READERS: Partial<Record<Delivery["event"], (delivery: Delivery) => PlaneEvent | undefined>> = {
  issue: itemEvent,
  issue_comment: commentEvent,
  project: projectEvent,
};

function itemEvent({ action, data, field, before, after, actor }: Delivery): ItemEvent | undefined {
  const item = itemOf(data);
  if (item === undefined) return undefined;
  const event = (kind: ItemEvent["kind"]): ItemEvent => ({ kind, item, actor, field, isProven: true });
  if (action === "created") return event("issue.created");
  if (field === "state") {
    // The data is younger than the change: a state that it has left again is told by the delivery of that change.
    return after === item.stateId ? statusEvent(item, actor) : event("issue.updated");
  }
  if (field === "labels") {
    const names = item.labels.filter(({ id }) => isAdded(id, before, after)).map(({ name }) => name);
    if (names.includes(REVIEW_LABEL)) return event("issue.review");
    // The label names its agent (OPENCLAW-10).
    return event(names.some((name) => name.startsWith(AGENT_LABEL)) ? "issue.assigned" : "issue.updated");
  }
  if (field === "assignees") {
    return event(
      item.assignees.some(({ id }) => isAdded(id, before, after)) ? "issue.assigned" : "issue.updated",
    );
  }
  return event("issue.updated");
}

function isAdded(id: string, before: unknown, after: unknown): boolean {
  return textsOf(after).includes(id) && !textsOf(before).includes(id);
}

function commentEvent({ action, data, actor }: Delivery): CommentEvent | undefined {
  return commentOf(data, action === "created" ? "issue.activity.created" : "issue.activity.updated", actor);
}

/** A comment out of JSON: of a delivery, or of the API, which gives its author as an id. */
export function commentOf(
  data: Delivery["data"],
  kind: CommentEvent["kind"],
  actor = personOf(data["actor"]),
): CommentEvent | undefined {
  const [issue, project] = [textOf(data["issue"]), textOf(data["project"])];
  if (issue === undefined || project === undefined) return undefined;
  const [html = "", at = ""] = [textOf(data["comment_html"]), textOf(data["created_at"])];
  return { kind, comment: { id: data.id, issue, project, html, at }, actor };
}

function projectEvent({ action, data, actor }: Delivery): ProjectEvent | undefined {
  const project = projectOf(data);
  return action === "created" && project !== undefined
    ? { kind: "project.created", project, actor }
    : undefined;
}

/** What is older was kept up somewhere, or is sent again by somebody who has seen it pass: the catch-up tells it. */
const TOO_OLD_MS = 2 * 60 * 60_000;

/**
 * Whether a delivery is too old to be told.
 * @param now milliseconds since 1970. Nothing else that is signed carries a time (contracts/plane).
 */
export function isTooOld({ data }: Delivery, now: number): boolean {
  return now - Date.parse(textOf(data["updated_at"]) ?? "") > TOO_OLD_MS;
}
