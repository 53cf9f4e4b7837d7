import { type CommandMessage, incomingOf } from "../commands/incoming.ts";
import { limitKey } from "../commands/limit.ts";

export interface CommandItem extends CommandMessage {
  /** What Redis counts: the update, which Telegram may send again, and the commands of the chat in this minute. */
  keys: { key: string; seconds: number }[];
}

/** A command of a chat that may give some; nothing else goes on. */
export function run(items: object[], _from: unknown, { chats }: { chats: string[] }): CommandItem[] {
  const [{ body } = {}] = items as { body?: unknown }[];
  const incoming = incomingOf(body, chats);
  if (incoming.kind !== "command") return [];
  const keys = [
    { key: `plane:ops:update:${incoming.update}`, seconds: 86_400 },
    { key: limitKey(incoming.chat, Date.now()), seconds: 60 },
  ];
  return [{ ...incoming, keys }];
}
