/** A piece of Telegram's HTML that cannot be cut: a tag, an entity, a character. */
export interface Token {
  raw: string;
  /** What it counts in Telegram, which counts UTF-16 units of the text that is left when tags and entities are read. */
  units: number;
  /** Of a tag. */
  tag?: { name: string; closes: boolean };
}

const TOKEN = /<(\/?)([a-z][a-z-]*)[^<>]*>|&(?:lt|gt|amp|quot|#(\d{1,7})|#x([\da-f]{1,6}));|[^]/giu;

/** The pieces of a message's HTML, in order. */
export function tokensOf(html: string): Token[] {
  return [...html.matchAll(TOKEN)].map(([raw, closes, name, decimal, hexadecimal]) => {
    if (name !== undefined)
      return { raw, units: 0, tag: { name: name.toLowerCase(), closes: closes !== "" } };
    if (raw.length === 1 || raw[0] !== "&") return { raw, units: raw.length };
    const code = decimal === undefined ? Number.parseInt(hexadecimal ?? "0", 16) : Number(decimal);
    return { raw, units: code > 0xffff ? 2 : 1 };
  });
}

/** What some tokens count in Telegram. */
export function unitsOf(tokens: readonly Token[]): number {
  return tokens.reduce((sum, { units }) => sum + units, 0);
}

/** The tags that are open behind some tokens, given those that were open before. */
export function openBehind(tokens: readonly Token[], before: readonly Token[] = []): Token[] {
  const open = [...before];
  for (const token of tokens) {
    if (token.tag?.closes) open.pop();
    else if (token.tag !== undefined) open.push(token);
  }
  return open;
}

/** The HTML of tokens. */
export function rawOf(tokens: readonly Token[]): string {
  return tokens.map(({ raw }) => raw).join("");
}

/** The tags that close open ones. */
export function closing(open: readonly Token[]): string {
  return open
    .map(({ tag }) => `</${tag?.name}>`)
    .reverse()
    .join("");
}
