import type { PauseRequest } from "../commands/pause.ts";
import { pauseReply } from "../commands/reply.ts";
import type { Settings } from "../workspace/settings.ts";
import { answerOf } from "./answers.ts";

/** What the bridge made of a pause; without a gateway there is none to ask. */
export function run(
  items: object[],
  from: (node: string) => object[],
  settings: Settings,
): { texts: string[] }[] {
  const [{ pause } = {}] = from("Reply") as { pause?: PauseRequest | null }[];
  if (!pause) return [];
  const isAnswer = "statusCode" in (items[0] ?? {}) || "error" in (items[0] ?? {});
  return [pauseReply(pause, isAnswer ? answerOf(items[0]) : { status: 404, body: {} }, settings)];
}
