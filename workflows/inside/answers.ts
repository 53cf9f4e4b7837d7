import type { Answer, Answers, Need } from "../workspace/answers.ts";

/** A request as the node that splits needs gives it out: one need, and the answers from before. */
export interface Asked {
  needs: Need;
  answers: Answers;
}

/** The answers from before, and those that came now, in the order in which they were asked for. */
export function answered(asked: readonly Asked[], items: readonly object[]): Answers {
  const answers: Record<Need, Answer> = { ...asked[0]?.answers };
  for (const [index, { needs }] of asked.entries()) answers[needs] = answerOf(items[index]);
  return answers;
}

/** A request that found no answer is an item with `error`. */
export function answerOf(item: object | undefined): Answer {
  const { statusCode, body } = (item ?? {}) as { statusCode?: number; body?: unknown };
  return { status: statusCode ?? 0, body };
}
