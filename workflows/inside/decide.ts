import { isBurst } from "../messages/limit.ts";
import { countsOf } from "./claims.ts";
import type { Kept, TellItem } from "./tell.ts";

/** Columns of a message that is to be sent. */
export interface OutboxRow {
  key: string;
  html: string;
  topic: string;
  headline: string;
  /** Of a burst, so many in a minute, it is summed up with others. */
  state: "waiting" | "burst";
  due: number;
  tries: number;
}

/**
 * How long the schedule leaves a message to the execution that has just written it, so that who begins soon needs no
 * claim: longer than Telegram takes to answer. Should it take longer still, the message comes twice (runbook).
 */
const OWN_MS = 75_000;

/** What is done about an event, once it is known who else has told of it. */
interface Decided extends Pick<TellItem, "columns" | "relay" | "why" | "later"> {
  rows: OutboxRow[];
}

/**
 * The first of its kind is told, and what nobody else says; all of it where nobody could count. An execution that was
 * stopped may have claimed without writing, so a delivery that is read again goes by what is in the outbox.
 */
export function run(_items: object[], from: (node: string) => object[]): Decided[] {
  const [{ tries } = { tries: 0 }] = from("In") as Kept[];
  const [told] = from("Told") as TellItem[];
  if (told === undefined) return [];
  const { columns, relay, why, later } = told;
  const [seen, ofMinute, ...said] = countsOf(from("Claim")[0]);
  const isAgain = tries > 0;
  if (!isAgain && (seen ?? 0) > 1)
    return [{ rows: [], columns: null, relay: null, why: "it came before", later: "" }];
  const there = (from("In the outbox") as Partial<OutboxRow>[]).map(({ key }) => key);
  const rows = told.messages.flatMap((message, index): OutboxRow[] => {
    const { key, topic, headline, html } = message;
    const isSaid = isAgain ? there.includes(key) : (said[index] ?? 0) > 1;
    if (isSaid) return [];
    const state = isBurst(ofMinute ?? 0) ? "burst" : "waiting";
    return [{ key, html, topic, headline, state, due: Date.now() + OWN_MS, tries: 0 }];
  });
  return [{ rows, columns, relay, why, later }];
}
