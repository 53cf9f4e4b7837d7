import { closing, openBehind, rawOf, type Token, tokensOf, unitsOf } from "./markup.ts";

/** What a message of Telegram's may count. */
export const MESSAGE_LIMIT = 4096;

/**
 * HTML of Telegram's that is not longer than a message may be: what is too long ends in `…`, with every tag closed
 * and no entity or surrogate pair cut.
 * @param html well-formed, as the modules of this folder make it.
 */
export function fit(html: string, limit = MESSAGE_LIMIT): string {
  const tokens = tokensOf(html);
  if (unitsOf(tokens) <= limit) return html;
  const kept = tokens.slice(0, overflow(tokens, 0, limit - 1));
  return `${rawOf(kept)}…${closing(openBehind(kept))}`;
}

/**
 * The same HTML as several messages when it is too long for one: cut at a line's end where there is one in the second
 * half, else at a space, else anywhere that breaks nothing; a tag that is cut is closed and opened again.
 */
export function split(html: string, limit = MESSAGE_LIMIT): string[] {
  const tokens = tokensOf(html);
  const messages: string[] = [];
  let open: Token[] = [];
  for (let at = 0; at < tokens.length; ) {
    const end = cutOf(tokens, at, limit);
    const piece = tokens.slice(at, end);
    const opening = rawOf(open);
    open = openBehind(piece, open);
    // Telegram refuses a message without text.
    if (piece.some(({ raw, tag }) => tag === undefined && raw.trim() !== ""))
      messages.push(`${opening}${rawOf(piece)}${closing(open)}`);
    at = end;
    while (at < tokens.length && isSpace(tokens[at])) at += 1;
  }
  return messages;
}

/** Index of the first token that does not fit. */
function overflow(tokens: readonly Token[], from: number, limit: number): number {
  let units = 0;
  for (let at = from; at < tokens.length; at += 1) {
    units += tokens[at]?.units ?? 0;
    if (units > limit) return at;
  }
  return tokens.length;
}

function cutOf(tokens: readonly Token[], from: number, limit: number): number {
  const end = overflow(tokens, from, limit);
  if (end === tokens.length) return end;
  const half = overflow(tokens, from, limit / 2);
  // What follows is looked at too: a line may end right there.
  const last = (is: (token: Token | undefined) => boolean) => {
    for (let at = end; at > half; at -= 1) if (is(tokens[at])) return at;
    return undefined;
  };
  return last((token) => token?.raw === "\n") ?? last(isSpace) ?? end;
}

const isSpace = (token: Token | undefined) => token !== undefined && token.raw.trim() === "";
