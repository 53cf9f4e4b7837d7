import { htmlOf, type Message } from "../messages/message.ts";
import { type Relay, relayOf } from "../messages/relay.ts";
import { type Row, rowOf } from "../messages/row.ts";
import { issueOf, read, tell } from "../messages/tell.ts";
import type { Answers, Need } from "../workspace/answers.ts";
import type { Settings } from "../workspace/settings.ts";
import { type Asked, answered } from "./answers.ts";
import { caughtIn } from "./eventRow.ts";

/** A row of the inbox. */
export interface Kept {
  id: number;
  body: string;
  /** How often it was begun before. */
  tries: number;
  /** When n8n made the row. */
  createdAt: string;
}

/** Where the telling of one event stands; it goes round until nothing is needed. */
export interface TellItem {
  needs: Need[];
  answers: Answers;
  /** As the table has it. */
  row: Row;
  /** One at most: an event has one thing to say. */
  messages: (Message & { html: string })[];
  /** What is to be written of the work item; null where nothing was learnt. */
  columns: Partial<Row & { pending: boolean }> | null;
  relay: Relay | null;
  /** Why there is nothing to tell. */
  why: string;
  /** Why it has to be told later. */
  later: string;
}

/** After the row was read first; then after each round of requests. */
export function run(_items: object[], from: (node: string) => object[], settings: Settings): TellItem[] {
  const [kept] = from("In") as Kept[];
  if (kept === undefined) return [];
  const before = from("Needs") as (Asked & Pick<TellItem, "row">)[];
  const row = before[0]?.row ?? rowOf(from("Row")[0] as Record<string, unknown> | undefined);
  const item = { needs: [], answers: {}, row, messages: [], columns: null, relay: null, why: "", later: "" };
  const caught = caughtIn(kept.body);
  const found = caught === undefined ? read(kept.body, Date.parse(kept.createdAt)) : { event: caught };
  if ("reason" in found) return [{ ...item, why: found.reason }];
  const answers = answered(before, from("Plane"));
  const told = tell(found.event, row, answers, settings);
  if ("needs" in told) return [{ ...item, needs: told.needs, answers }];
  if ("later" in told) return [{ ...item, later: told.later }];
  const columns = columnsOf(issueOf(found.event), row, told.row);
  const messages = told.messages.map((message) => ({ ...message, html: htmlOf(message) }));
  return [{ ...item, messages, columns, relay: relayOf(found.event, settings) ?? null }];
}

function columnsOf(issue: string | undefined, row: Row, learnt: Partial<Row>): TellItem["columns"] {
  if (issue === undefined || Object.keys(learnt).length === 0) return null;
  const { live, shown } = { ...row, ...learnt };
  return { issue, ...learnt, pending: live !== shown };
}
