import type { Entry } from "../workspace/answers.ts";
import { type Person, personOf } from "./person.ts";
import { entryOf, textOf } from "./read.ts";

const EVENTS = ["issue", "issue_comment", "project", "cycle", "module"] as const;
const ACTIONS = ["created", "updated", "deleted"] as const;

/** What Plane's webhook says in one delivery: something was made, one field of it changed, or it is gone. */
export interface Delivery {
  event: (typeof EVENTS)[number];
  action: (typeof ACTIONS)[number];
  /** The object as it was when the delivery was sent: later than the change that it tells of. */
  data: Entry & { id: string };
  /** The changed field, as `/api/v1` spells it. */
  field: string | undefined;
  before: unknown;
  after: unknown;
  actor: Person | undefined;
}

/** Plane's own pages spell some fields in another way than `/api/v1` (contracts/plane). */
const SPELLINGS: Record<string, string> = {
  state_id: "state",
  label_ids: "labels",
  assignee_ids: "assignees",
  parent_id: "parent",
};

/**
 * Reads the body of a delivery whose signature was right. Whoever knows the secret may still send nonsense: it is a
 * reason, never an exception.
 */
export function parseDelivery(rawBody: string): { delivery: Delivery } | { reason: string } {
  let body: Entry | undefined;
  try {
    body = entryOf(JSON.parse(rawBody));
  } catch {
    return { reason: "the body is not JSON" };
  }
  const event = EVENTS.find((name) => name === body?.["event"]);
  if (event === undefined) return { reason: "the body names no event that Plane has" };
  const action = ACTIONS.find((name) => name === body?.["action"]);
  if (action === undefined) return { reason: `the ${event} has no action that Plane has` };
  const data = entryOf(body?.["data"]);
  const id = textOf(data?.["id"]);
  if (data === undefined || id === undefined) return { reason: `the ${event} has no id` };

  const activity = entryOf(body?.["activity"]);
  const field = textOf(activity?.["field"]);
  return {
    delivery: {
      event,
      action,
      data: { ...data, id },
      field: field === undefined ? undefined : (SPELLINGS[field] ?? field),
      before: activity?.["old_value"],
      after: activity?.["new_value"],
      actor: personOf(activity?.["actor"]),
    },
  };
}
