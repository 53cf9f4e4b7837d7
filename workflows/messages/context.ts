import type { Project } from "../workspace/project.ts";
import type { Status } from "../workspace/status.ts";
import { blockedReason } from "./comment.ts";
import type { CommentEvent, CycleEvent, ItemEvent, PlaneEvent } from "./events.ts";
import type { Facts } from "./facts.ts";
import { instantOf } from "./instant.ts";
import { ITEM_EXPAND, type Item, itemOf, projectOf } from "./item.ts";
import { type Person, personOf } from "./person.ts";
import { entriesOf, entryOf, textOf } from "./read.ts";

/** Another work item that one waits for. */
export interface Blocker {
  key: string;
  name: string;
  status: Status;
}

/** What is asked of the API for a message of which a delivery does not hold everything. */
export interface Context {
  /** Undefined when Plane refuses to show it. */
  project: Project | undefined;
  /** The work item of the event. */
  item: Item | undefined;
  actor: Person | undefined;
  /** What the work item waits for and is not done. */
  blockers: Blocker[];
  /** Whether others wait for it. */
  blocks: boolean;
  /** Why it is blocked. */
  reason: string | undefined;
}

const NOTHING: Omit<Context, "project" | "item" | "actor"> = {
  blockers: [],
  blocks: false,
  reason: undefined,
};

/** A task that waits for more is not told apart from one that waits for these. */
const MOST_BLOCKERS = 10;
/** The bridge writes why before it blocks a task: the comment is among the newest, and from the same minutes. */
const NEWEST_COMMENTS = 10;
const REASON_MS = 5 * 60_000;

/** Asks `facts` for what a message about an event needs, and gives what is there. */
export function contextOf(event: PlaneEvent, facts: Facts): Context {
  switch (event.kind) {
    case "project.created":
      return { ...NOTHING, project: event.project, item: undefined, actor: knownPerson(event.actor, facts) };
    case "cycle.started":
    case "cycle.completed":
      return { ...NOTHING, project: cycleProject(event, facts), item: undefined, actor: undefined };
    case "issue.activity.created":
    case "issue.activity.updated":
      return commentContext(event, facts);
    default:
      return itemContext(event, facts);
  }
}

function cycleProject({ cycle }: CycleEvent, facts: Facts): Project | undefined {
  return projectOf(facts.get(`projects/${cycle.project}/`));
}

function commentContext({ comment, actor }: CommentEvent, facts: Facts): Context {
  const entry = entryOf(facts.get(`${itemPath(comment.project, comment.issue)}?${ITEM_EXPAND}`));
  return {
    ...NOTHING,
    project: projectOf(entry?.["project"]),
    item: entry && itemOf(entry),
    actor: knownPerson(actor, facts),
  };
}

function itemContext({ kind, item, actor }: ItemEvent, facts: Facts): Context {
  const context = {
    ...NOTHING,
    project: projectOf(facts.get(`projects/${item.project}/`)),
    item,
    actor: knownPerson(actor, facts),
  };
  if (kind !== "issue.completed" && kind !== "issue.blocked") return context;
  const reason = kind === "issue.blocked" ? reasonOf(item, facts) : undefined;
  return { ...context, ...relationsOf(item, facts), reason };
}

function relationsOf(item: Item, facts: Facts): Pick<Context, "blockers" | "blocks"> {
  const relations = entryOf(facts.get(`${itemPath(item.project, item.id)}relations/`));
  // The server lets a work item wait for itself (contracts/plane).
  const related = (name: string) =>
    entriesOf(relations?.[name]).flatMap((entry) => {
      const [id, project] = [textOf(entry["issue_id"]), textOf(entry["project_id"])];
      return id === undefined || project === undefined || id === item.id ? [] : [{ id, project }];
    });
  const blockers = related("blocked_by")
    .slice(0, MOST_BLOCKERS)
    .flatMap(({ id, project }) => {
      const entry = entryOf(facts.get(`${itemPath(project, id)}?${ITEM_EXPAND}`));
      const blocker = entry && itemOf(entry);
      const identifier = projectOf(entry?.["project"])?.identifier;
      if (blocker === undefined || identifier === undefined || blocker.status === "done") return [];
      return [{ key: `${identifier}-${blocker.number}`, name: blocker.name, status: blocker.status }];
    });
  return { blockers, blocks: related("blocking").length > 0 };
}

function reasonOf(item: Item, facts: Facts): string | undefined {
  const body = entryOf(facts.get(`${itemPath(item.project, item.id)}comments/?per_page=${NEWEST_COMMENTS}`));
  const since = (instantOf(item.updatedAt) ?? 0) - REASON_MS;
  for (const comment of entriesOf(body?.["results"])) {
    const reason = blockedReason(textOf(comment["comment_html"]) ?? "");
    const at = instantOf(textOf(comment["created_at"])) ?? 0;
    if (reason !== undefined && at >= since) return reason;
  }
  return undefined;
}

/** Who an id is: the API names authors by nothing else. */
export function knownPerson(person: Person | undefined, facts: Facts): Person | undefined {
  if (person === undefined || person.email !== undefined) return person;
  const found = entriesOf(facts.get("members/")).find(({ id }) => id === person.id);
  return found === undefined ? person : personOf(found);
}

/** Path of a work item below the workspace. */
export function itemPath(project: string, id: string): string {
  return `projects/${project}/work-items/${id}/`;
}
