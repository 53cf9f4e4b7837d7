/** Commands that one chat may give in a minute. */
const PER_MINUTE = 20;

/** Where Redis counts the commands of a chat: INCR, kept for a minute. */
export function limitKey(chat: string, now: number): string {
  return `plane:ops:commands:${chat}:${Math.floor(now / 60_000)}`;
}

/**
 * What a chat's command gets: an answer, or once the word that there were too many, or nothing.
 * @param count how many of this minute it makes; undefined when nobody could count.
 */
export function admission(count: number | undefined): "answer" | "tell" | "silence" {
  if (count === undefined || count <= PER_MINUTE) return "answer";
  return count === PER_MINUTE + 1 ? "tell" : "silence";
}

export const LIMIT_TEXT = `⏳ Plus de ${PER_MINUTE} commandes en une minute : les suivantes restent sans réponse. Réessayez dans une minute.`;
