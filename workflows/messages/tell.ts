import type { Answers, Need } from "../workspace/answers.ts";
import type { Settings } from "../workspace/settings.ts";
import { contextOf } from "./context.ts";
import { parseDelivery } from "./delivery.ts";
import { classify, type ItemEvent, isTooOld, type PlaneEvent } from "./events.ts";
import { Facts } from "./facts.ts";
import { isCriticalBlocker, isLive, topicOf } from "./filter.ts";
import { format } from "./format.ts";
import { keyOf } from "./keys.ts";
import { REVIEW_LABEL } from "./labels.ts";
import { liveChange } from "./live.ts";
import type { Message } from "./message.ts";
import type { Row } from "./row.ts";

/**
 * The event of a delivery whose signature was right; a reason when it is not to be told.
 * @param now milliseconds since 1970.
 */
export function read(rawBody: string, now: number): { event: PlaneEvent } | { reason: string } {
  const parsed = parseDelivery(rawBody);
  if ("reason" in parsed) return parsed;
  if (isTooOld(parsed.delivery, now)) return { reason: "it is older than two hours" };
  return classify(parsed.delivery);
}

/** Id of the work item that an event is about: its row is to be read. */
export function issueOf(event: PlaneEvent): string | undefined {
  if ("item" in event) return event.item.id;
  return "comment" in event ? event.comment.issue : undefined;
}

/** What comes of an event. */
export type Told =
  /** These calls have to be made first; then {@link tell} again, with their answers too. */
  | { needs: Need[] }
  /** Plane does not answer: all of it once more, with new answers, when some time has passed. */
  | { later: string }
  /**
   * Messages to send, and the columns to write of the work item's row. In this order: who is stopped in between
   * tells it again, and who writes the row first would never tell it.
   */
  | { messages: Message[]; row: Partial<Row> };

/**
 * What is to be said about an event (NOTIF-03 to NOTIF-05, NOTIF-07).
 * @param row of the work item; the empty one for events that are about none.
 */
export function tell(event: PlaneEvent, row: Row, answers: Answers, settings: Settings): Told {
  const heard = "item" in event ? heardOf(event) : {};
  const isNews = Object.entries(heard).some(([column, value]) => row[column as keyof Row] !== value);
  const isKnown = !("item" in event) || event.isProven || row.status !== "";
  if ("item" in event && !(isNews && isKnown)) return { messages: [], row: {} };

  const topic = topicOf(event);
  if (topic === undefined && !isLive(event)) return { messages: [], row: heard };
  const facts = new Facts(answers);
  const context = contextOf(event, facts);
  if (facts.needs.length > 0) return { needs: facts.needs };
  if (facts.unanswered.length > 0) return { later: `Plane does not answer GET ${facts.unanswered[0]}` };

  const isTold = topic !== undefined && (topic !== "blocked" || isCriticalBlocker(context));
  return {
    messages: isTold ? [{ ...keyOf(event), topic, ...format(topic, event, context, settings) }] : [],
    row: { ...heard, ...(isLive(event) ? liveChange(event, row, context, settings) : {}) },
  };
}

/** The columns that an event says something about. */
function heardOf({ kind, item, field }: ItemEvent): Partial<Row> {
  const review = item.labels.some(({ name }) => name === REVIEW_LABEL);
  // What it was made with says nothing: the data of that delivery may be younger than the next change.
  if (kind === "issue.created") return {};
  if (field === "labels") return { review };
  return field === "state" && kind !== "issue.updated" ? { status: item.status } : {};
}
