import type { Topic } from "./filter.ts";
import { fit } from "./fit.ts";
import type { Key } from "./keys.ts";

/** One message to send. */
export interface Message extends Key {
  topic: Topic;
  /** What happened, in one line of HTML. */
  headline: string;
  /** What there is to know about it. */
  details: string[];
}

/** A message as Telegram takes it. */
export function htmlOf({ headline, details }: Message): string {
  return fit([headline, ...details].join("\n"));
}
