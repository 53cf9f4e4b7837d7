const TAGS = new Set(["b", "strong", "i", "em", "u", "s", "code", "pre", "a", "blockquote"]);
const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/**
 * The text that Telegram shows for a message with `parse_mode` HTML, read as its Bot API documents it: known tags,
 * properly nested, and nothing that looks like a tag or an entity and is none.
 * @throws what the Bot API says of markup that it refuses.
 */
export function telegramText(html: string): string {
  const open: string[] = [];
  let text = "";
  for (let rest = html; rest !== ""; ) {
    const tag = /^<(\/?)([a-z]+)((?: [a-z]+(?:="[^"<>]*")?)*)>/.exec(rest);
    const entity = /^&(lt|gt|amp|quot|#\d{1,6});/.exec(rest);
    if (tag !== null) {
      const [raw, closes, name = "", attributes] = tag;
      if (!TAGS.has(name)) throw new Error(`can't parse entities: Unsupported start tag "${name}"`);
      if (closes === "") open.push(name);
      else if (open.pop() !== name || attributes !== "") {
        throw new Error(`can't parse entities: Unmatched end tag "${name}"`);
      }
      rest = rest.slice(raw.length);
    } else if (entity !== null) {
      const name = entity[1] ?? "";
      // Of names Telegram knows four, of numbers all.
      text += ENTITIES[name] ?? String.fromCodePoint(Number(name.slice(1)));
      rest = rest.slice(entity[0].length);
    } else {
      const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      if ("<>&".includes(character)) throw new Error(`can't parse entities: bare ${character}`);
      if (!character.isWellFormed()) throw new Error("strings must be encoded in UTF-8");
      text += character;
      rest = rest.slice(character.length);
    }
  }
  if (open.length > 0) throw new Error(`can't parse entities: Can't find end tag of "${open.at(-1)}"`);
  return text;
}
