import { admission, LIMIT_TEXT } from "../commands/limit.ts";
import type { PauseRequest } from "../commands/pause.ts";
import { reply } from "../commands/reply.ts";
import type { Answers, Need } from "../workspace/answers.ts";
import type { Settings } from "../workspace/settings.ts";
import { type Asked, answered } from "./answers.ts";
import { countsOf } from "./claims.ts";
import type { CommandItem } from "./command.ts";

/** Where the answer to a command stands; it goes round until nothing is needed. */
export interface ReplyItem {
  needs: Need[];
  answers: Answers;
  pause: PauseRequest | null;
  texts: string[];
}

/** After the count of the chat's commands first; then after each round of requests. */
export function run(items: object[], from: (node: string) => object[], settings: Settings): ReplyItem[] {
  const [command] = from("Command") as CommandItem[];
  if (command === undefined) return [];
  const empty = { needs: [], answers: {}, pause: null, texts: [] };
  const before = from("Needs") as Asked[];
  if (before.length === 0) {
    const [update, ofMinute] = countsOf(items[0]);
    if (update !== undefined && update > 1) return [];
    const admitted = admission(ofMinute);
    if (admitted === "silence") return [];
    if (admitted === "tell") return [{ ...empty, texts: [LIMIT_TEXT] }];
  }
  const answers = answered(before, items);
  const next = reply(command, answers, settings, Date.now());
  return [{ ...empty, answers, ...next }];
}
