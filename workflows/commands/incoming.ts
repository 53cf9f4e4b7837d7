import { type Command, parse } from "./parse.ts";

/** What a Telegram update is to us. */
export type Incoming = CommandMessage | { kind: "foreign"; chat: string } | { kind: "other" };

/** A command from a chat that may give some. */
export interface CommandMessage {
  kind: "command";
  /** Id of the update: Telegram sends an update again until its webhook has answered 200. */
  update: number;
  chat: string;
  message: number;
  /** The topic of a forum group. */
  thread: number | undefined;
  /** When it was written or last edited, in milliseconds since 1970. */
  sentAt: number;
  command: Command;
}

/**
 * Reads an update of Telegram's. An edited message counts like a new one: people mend their commands. `foreign` is a
 * command from a chat that is not allowed: it is counted and gets no answer, not even that there is somebody here.
 *
 * @param allowedChats ids of chats; groups have a minus before them.
 */
export function incomingOf(update: unknown, allowedChats: readonly string[]): Incoming {
  const { update_id, message, edited_message } = object(update);
  const { message_id, message_thread_id, chat, text, date, edit_date } = object(message ?? edited_message);
  const chatId = object(chat)["id"];
  const sentAt = edit_date ?? date;
  const isMessage =
    Number.isSafeInteger(update_id) &&
    Number.isSafeInteger(message_id) &&
    Number.isSafeInteger(chatId) &&
    Number.isSafeInteger(sentAt);
  if (!isMessage || typeof text !== "string") return { kind: "other" };
  const command = parse(text);
  if (command === undefined) return { kind: "other" };
  if (!allowedChats.includes(String(chatId))) return { kind: "foreign", chat: String(chatId) };
  return {
    kind: "command",
    update: update_id as number,
    chat: String(chatId),
    message: message_id as number,
    thread: Number.isSafeInteger(message_thread_id) ? (message_thread_id as number) : undefined,
    sentAt: (sentAt as number) * 1000,
    command,
  };
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
