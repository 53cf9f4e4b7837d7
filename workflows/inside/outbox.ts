import { htmlOf, type Message } from "../messages/message.ts";
import { countsOf } from "./claims.ts";
import type { ReadItem } from "./read.ts";
import type { TellItem } from "./tell.ts";

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

/** How long a schedule leaves a message to the execution that has just written it. */
const OWN_MS = 20_000;

/**
 * The messages that nobody else says: all of them where nobody could count. An execution that was stopped may have
 * claimed without writing, so a delivery that is read again goes by what is in the outbox.
 */
export function run(_items: object[], from: (node: string) => object[]): { rows: OutboxRow[] }[] {
  const [{ burst, tries } = { burst: false, tries: 0 }] = from("Read") as ReadItem[];
  const claims = from("Claim message");
  const there = (from("In the outbox") as Partial<OutboxRow>[]).map(({ key }) => key);
  const claimed = from("Messages") as (Omit<TellItem, "messages"> & { messages: Message })[];
  const rows = claimed.flatMap(({ messages: message }, index): OutboxRow[] => {
    const [count] = countsOf(claims[index]);
    const isSaid = tries > 0 ? there.includes(message.key) : count !== undefined && count > 1;
    if (isSaid) return [];
    const { key, topic, headline } = message;
    const state = burst ? ("burst" as const) : ("waiting" as const);
    return [{ key, html: htmlOf(message), topic, headline, state, due: Date.now() + OWN_MS, tries: 0 }];
  });
  return [{ rows }];
}
