import type { Answers, Entry, Need } from "../workspace/answers.ts";
import { criticalWords, progressOf } from "./comment.ts";
import { itemPath } from "./context.ts";
import {
  type CommentEvent,
  commentOf,
  type ItemEvent,
  type PlaneEvent,
  type ProjectEvent,
  statusEvent,
} from "./events.ts";
import { Facts } from "./facts.ts";
import { instantOf } from "./instant.ts";
import { ITEM_EXPAND, type Item, itemOf, projectOf } from "./item.ts";
import { REVIEW_LABEL } from "./labels.ts";
import { personOf } from "./person.ts";
import { entriesOf, entryOf, textOf } from "./read.ts";

/** Where the catch-up stands in a project: instants. */
export interface Mark {
  /** What was there before is no news. */
  began: string;
  /** What changed after it has not been looked at. */
  since: string;
}

/** A project to look into. */
export interface Look extends Mark {
  project: string;
}

/** What a look has found. {@link tell} leaves out what was heard already. */
export interface Caught {
  events: PlaneEvent[];
  /** To be kept once the events are told. */
  mark: Mark;
}

/** Calls to make first, with what was asked for when they are answered. */
export type Catching<T> = T | { needs: Need[] } | { later: string };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A project that shows up without a mark is looked at no further back: who joins an old one is told no history. */
const NEW_MS = 24 * HOUR;
/** What is younger is left to the deliveries, and what is being saved is seen by then. */
const YOUNG_MS = 2 * MINUTE;
/** Nobody tells a comment twice within 24 hours (`keys.ts`). */
const CLAIMED_MS = 23 * HOUR;
/** Each takes two requests, of the 100 a minute that a token has. */
const ITEMS_A_LOOK = 30;
const PER_PAGE = 100;

/**
 * The projects to look into, and those that were made since the last look.
 * @param marks of the last look, by project; none at all at the first one, which tells nothing of what was before.
 * @param now milliseconds since 1970.
 */
export function looks(
  marks: Readonly<Record<string, Mark>>,
  answers: Answers,
  now: number,
): Catching<{ looks: Look[]; events: ProjectEvent[] }> {
  const facts = new Facts(answers);
  const projects = entriesOf(entryOf(facts.get("projects/"))?.["results"]);
  const missing = missingOf(facts);
  if (missing !== undefined) return missing;

  const isFirst = Object.keys(marks).length === 0;
  // Plane names projects that it then refuses to show (contracts/plane, network 2).
  const seen = projects.filter((entry) => entry["is_member"] === true && entry["archived_at"] === null);
  const found = seen.flatMap((entry) => {
    const project = projectOf(entry);
    if (project === undefined) return [];
    const made = instantOf(textOf(entry["created_at"])) ?? 0;
    const start = new Date(isFirst ? now : Math.max(made, now - NEW_MS)).toISOString();
    const mark = marks[project.id];
    const isNew = mark === undefined && !isFirst && now - made < NEW_MS;
    const event: ProjectEvent = { kind: "project.created", project, actor: personOf(entry["created_by"]) };
    return [{ look: { began: start, since: start, ...mark, project: project.id }, isNew, event }];
  });
  return {
    looks: found.map(({ look }) => look),
    events: found.filter(({ isNew }) => isNew).map(({ event }) => event),
  };
}

/**
 * What a project's items and comments say that changed since its mark, read through the API: the same events as the
 * deliveries that may have got lost (NOTIF-01). Of very many changes the oldest are told first, and the mark moves no
 * further than to them.
 * @param now milliseconds since 1970.
 */
export function catchUp(look: Look, answers: Answers, now: number): Catching<Caught> {
  const facts = new Facts(answers);
  const { project, began, since } = look;
  const from = instantOf(since) ?? now;
  const changed = changedItems(project, from, facts).filter(
    ({ updatedAt }) => !isAfter(updatedAt, now - YOUNG_MS),
  );
  // Which are the oldest is known when the whole list is.
  const unread = missingOf(facts);
  if (unread !== undefined) return unread;

  const looked = changed.slice(0, ITEMS_A_LOOK);
  const commentsFrom = Math.min(from, now - CLAIMED_MS);
  const events = looked.flatMap((item) => [
    ...ofItem(item, instantOf(began) ?? now, facts),
    ...ofComments(item, Math.max(commentsFrom, instantOf(began) ?? now), facts),
  ]);
  return missingOf(facts) ?? { events, mark: { began, since: looked.at(-1)?.updatedAt ?? since } };
}

function missingOf({ needs, unanswered }: Facts): { needs: Need[] } | { later: string } | undefined {
  if (unanswered.length > 0) return { later: `Plane does not answer GET ${unanswered[0]}` };
  return needs.length > 0 ? { needs } : undefined;
}

/** The list has no filter (contracts/plane): it is read in the order of changes, no further than needed. Oldest first. */
function changedItems(project: string, from: number, facts: Facts): Item[] {
  const items: Item[] = [];
  for (let page = 0; ; page++) {
    const query = `order_by=-updated_at&per_page=${PER_PAGE}&cursor=${PER_PAGE}:${page}:0&${ITEM_EXPAND}`;
    const body = entryOf(facts.get(`projects/${project}/work-items/?${query}`));
    const all = entriesOf(body?.["results"]).flatMap((entry) => itemOf(entry) ?? []);
    const changed = all.filter(({ updatedAt }) => isAfter(updatedAt, from));
    items.push(...changed);
    if (changed.length < all.length || body?.["next_page_results"] !== true) return items.reverse();
  }
}

/** Status and review of a work item, and whether its history says that they are new. */
function ofItem(item: Item, began: number, facts: Facts): ItemEvent[] {
  const body = entryOf(
    facts.get(`${itemPath(item.project, item.id)}activities/?order_by=-created_at&per_page=${PER_PAGE}`),
  );
  const news = entriesOf(body?.["results"]).filter((entry) => isAfter(textOf(entry["created_at"]), began));
  // Newest first. A worker that was down writes it late, or never.
  const status = news.find(({ field }) => field === "state");
  const isProven = status?.["new_identifier"] === item.stateId;
  const events = [{ ...statusEvent(item, isProven ? personOf(status?.["actor"]) : undefined), isProven }];
  if (item.labels.some(({ name }) => name === REVIEW_LABEL)) {
    const review = news.find((entry) => entry["field"] === "labels" && entry["new_value"] === REVIEW_LABEL);
    events.push({
      kind: "issue.review",
      item,
      actor: personOf(review?.["actor"]),
      field: "labels",
      isProven: review !== undefined,
    });
  }
  return events;
}

/** Comments that are told, oldest first. */
function ofComments(item: Item, from: number, facts: Facts): CommentEvent[] {
  const body = entryOf(facts.get(`${itemPath(item.project, item.id)}comments/?per_page=${PER_PAGE}`));
  return entriesOf(body?.["results"])
    .filter((entry) => isAfter(textOf(entry["created_at"]), from) && isHeard(entry))
    .flatMap((entry) => {
      const id = textOf(entry["id"]);
      return (id === undefined ? undefined : commentOf({ ...entry, id }, "issue.activity.created")) ?? [];
    })
    .reverse();
}

function isHeard(entry: Entry): boolean {
  const html = textOf(entry["comment_html"]) ?? "";
  return criticalWords(html) !== undefined || progressOf(html) !== undefined;
}

function isAfter(instant: string | undefined, from: number): boolean {
  return (instantOf(instant) ?? 0) > from;
}
