import type { Message } from "../messages/message.ts";
import { type Relay, relayOf } from "../messages/relay.ts";
import { type Row, rowOf } from "../messages/row.ts";
import { tell } from "../messages/tell.ts";
import type { Answers, Need } from "../workspace/answers.ts";
import type { Settings } from "../workspace/settings.ts";
import { type Asked, answered } from "./answers.ts";
import type { ReadItem } from "./read.ts";

/** Where the telling of one event stands; it goes round until nothing is needed. */
export interface TellItem {
  needs: Need[];
  answers: Answers;
  /** As the table has it. */
  row: Row;
  messages: Message[];
  /** Columns to write. */
  columns: Partial<Row>;
  relay: Relay | null;
  /** Why it has to be told later. */
  later: string;
}

/** After the row was read first; then after each round of requests. */
export function run(items: object[], from: (node: string) => object[], settings: Settings): TellItem[] {
  const [{ event } = { event: null }] = from("Read") as ReadItem[];
  const before = from("Needs") as (Asked & Pick<TellItem, "row">)[];
  const row = before[0]?.row ?? rowOf(items[0] as Record<string, unknown>);
  const item = { needs: [], answers: {}, row, messages: [], columns: {}, relay: null, later: "" };
  if (event === null) return [item];
  const answers = answered(before, items);
  const told = tell(event, row, answers, settings);
  if ("needs" in told) return [{ ...item, needs: told.needs, answers }];
  if ("later" in told) return [{ ...item, later: told.later }];
  const relay = relayOf(event, settings) ?? null;
  return [{ ...item, messages: told.messages, columns: told.row, relay }];
}
