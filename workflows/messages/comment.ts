import { unescaped } from "../workspace/fields.ts";

/** At the start of a comment that a person has to see at once: the bridge puts it there (OPENCLAW-05). */
export const CRITICAL = "🚨";

/** Elements whose content is not shown. */
const HIDDEN = /<(script|style|template)\b[^>]*>[\s\S]*?<\/\1\s*>|<!--[\s\S]*?-->/gi;
/** Elements that end a line. */
const BREAK = /<\/?(?:p|div|h[1-6]|li|ul|ol|br|hr|tr|table|pre|blockquote)\b[^>]*>/gi;

/** Controls, and what turns the direction of the text behind it. */
const STEERING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?!\n)\p{Cc}/gu;

/** The text of a comment. Plane stores what it gets (contracts/plane), so it is escaped where it is shown. */
export function plainText(html: string): string {
  return unescaped(
    html
      .replaceAll(HIDDEN, "")
      .replaceAll(BREAK, "\n")
      .replaceAll(/<[^<>]*>/g, ""),
  )
    .replaceAll(STEERING, " ")
    .replaceAll(/[^\S\n]+/g, " ")
    .replaceAll(/ ?\n[ \n]*/g, "\n")
    .trim();
}

/** The words of a comment that is marked as critical, without the mark; undefined when it is not. */
export function criticalWords(html: string): string | undefined {
  const text = plainText(html);
  return text.startsWith(CRITICAL) ? text.slice(CRITICAL.length).trim() : undefined;
}

/** How far an agent says that it is. */
export interface Progress {
  percent: number | undefined;
  note: string;
}

/** What the bridge's template for progress says (OPENCLAW-05): "⏳ 60% complete - building Docker image". */
export function progressOf(html: string): Progress | undefined {
  const [, percent, note] = /^(?:🚨 ?)?⏳ ?(?:(\d{1,3})% complete - )?([^]*)$/u.exec(plainText(html)) ?? [];
  if (note === undefined) return undefined;
  return { percent: percent === undefined ? undefined : Math.min(100, Number(percent)), note: note.trim() };
}

/** Why a task is blocked, out of the comment that the bridge writes before it blocks one. */
export function blockedReason(html: string): string | undefined {
  return /^⛔ [^:]*: ([^]+)$/u.exec(plainText(html))?.[1];
}
