import { FIELD_NAMES, type FieldName, type Fields, parseValue } from "../../plane/fields/declarations.ts";

/**
 * The fields in the block of a description, for a Code node: `readFields` of `plane/fields` brings parsers of HTML and
 * YAML (half a megabyte), and also finds what a person should mend. This reads the same values from what the bridge
 * writes and from what people and Plane's editor do to it.
 */
export function fieldsOf(html: string | null): Fields {
  const parts = (html ?? "").split(/<pre[^<>]*>|<\/pre>/i).map(linesOf);
  const lines = parts.findLast((part) => part.some((line) => MARKER.test(line))) ?? [];
  const fields: Fields = {};
  for (const line of lines.flatMap(fieldByField)) {
    const [, key, typed] = FIELD.exec(line) ?? [];
    if (key === undefined || typed === undefined) continue;
    const name = FIELD_NAMES.find((candidate) => bare(candidate) === bare(key)) as FieldName;
    const value = parseValue(name, typed.replace(/^["'`\s]+|["'`\s,;}]+$/g, ""));
    if (value !== undefined) Object.assign(fields, { [name]: value });
  }
  return fields;
}

const NAMES = FIELD_NAMES.map((name) => name.replaceAll("_", "\\\\?[_\\s-]?")).join("|");
const MARKER = /^[^\p{L}\p{N}]*plane[\s_-]?ops(?![\p{L}\p{N}])/iu;
const FIELD = new RegExp(`^\\s*(?:[-*•]\\s+|\\{\\s*)?["']?(${NAMES})["']?\\s*[:=：]\\s*(.*)$`, "i");
/** Where a field begins behind another one, or behind the marker, on the same line. */
const NEXT_FIELD = new RegExp(`(?<=[\\s,;{])(?=["']?(?:${NAMES})["']?\\s*[:=：])`, "gi");
/** Elements that end a line. */
const BREAK = /<\/?(?:p|div|h[1-6]|li|ul|ol|br|tr|table|blockquote)\b[^<>]*>/gi;
/** No line of a block is longer. */
const LONGEST_LINE = 1_000;

function linesOf(html: string): string[] {
  return html
    .replaceAll(BREAK, "\n")
    .replaceAll(/<[^<>]*>/g, "")
    .split(/[\r\n]+/)
    .filter((line) => line.length <= LONGEST_LINE)
    .map((line) =>
      unescaped(line)
        .replaceAll(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, "")
        .replaceAll(/[\p{Zs}\t]/gu, " ")
        .replaceAll(/[“”„‟«»″]/g, '"')
        .replaceAll(/[‘’‚‛′]/g, "'")
        .replaceAll(/[‐‑‒–—−]/g, "-"),
    );
}

/** One line for each field of a line, without comments. */
function fieldByField(line: string): string[] {
  return line
    .replace(MARKER, "")
    .replace(/(^|\s)#.*$/, "")
    .split(NEXT_FIELD);
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

export function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,6})|#x([\da-f]{1,5})|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? all;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}

const bare = (key: string) => key.toLowerCase().replaceAll(/[^a-z]/g, "");
