/** A text without the token of a bot, which stands in the addresses that errors name. */
export function masked(text: string): string {
  return text.replaceAll(/bot\d+:[\w-]+/g, "bot…");
}
