import { sumUp } from "../messages/burst.ts";
import type { Message } from "../messages/message.ts";
import type { OutboxRow } from "./decide.ts";

/** Messages of a burst as one that waits. */
export function run(items: object[]): (OutboxRow & { of: number[] })[] {
  const rows = (items as (OutboxRow & { id?: number })[]).filter(({ id }) => id !== undefined);
  const html = sumUp(rows as unknown as Message[]);
  if (html === undefined) return [];
  const of = rows.map(({ id = 0 }) => id);
  const headline = html.split("\n")[0] ?? "";
  return [
    {
      key: `burst:${of[0]}`,
      html,
      topic: "burst",
      headline,
      state: "waiting",
      due: Date.now(),
      tries: 0,
      of,
    },
  ];
}
