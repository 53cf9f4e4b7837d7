import { parseDocument, Scalar } from "yaml";
import { FIELD_NAMES, type FieldName } from "./declarations.ts";

/** First line of the block. */
export const MARKER = "# plane-ops";

/** What a line of the block is. */
export type Meaning =
  | { kind: "blank" }
  | { kind: "marker" }
  | { kind: "comment" }
  | { kind: "field"; name: FieldName; value: string; comment: string; indent: number }
  /** A name that is none of our fields: theirs to keep. `open`: what is indented below belongs to it. */
  | { kind: "other"; key: string; open: boolean; indent: number }
  | { kind: "unreadable"; word: string; indent: number };

const SEPARATOR = "\\s*[:=：]";
const alternatives = FIELD_NAMES.map((name) => name.replaceAll("_", "\\\\?[_\\s-]?")).join("|");
const FIELD_LINE = new RegExp(
  `^(\\s*)(?:[-*•]\\s+|\\{\\s*)?["'\`]?(${alternatives})["'\`]?${SEPARATOR}\\s*(.*)$`,
  "i",
);
const OTHER_LINE = new RegExp(
  `^(\\s*)(?:[-*•]\\s+)?["'\`]?([\\p{L}_][\\p{L}\\p{N}_. -]*?)["'\`]?${SEPARATOR}(?:\\s+(.*))?$`,
  "u",
);
/** The marker may lose its `#`, or gain a remark behind it. */
const MARKER_LINE =
  /^[^\p{L}\p{N}]*plane[\s_-]?ops[^\p{L}\p{N}]*$|^\s*#+\s*plane[\s_-]?ops(?![\p{L}\p{N}])/iu;
const MARKER_START = /^[^\p{L}\p{N}]*plane[\s_-]?ops(?![\p{L}\p{N}])/iu;

/** Where the name of a field begins after something else on the line, in raw HTML. */
export const FIELD_STARTS = new RegExp(
  `(?<=[\\s,;{]|&nbsp;)["'“«]?(?:${alternatives})["'”»]?(?:\\s|&nbsp;)*[:=：]`,
  "gi",
);

/** Whether a field may follow on the same line: after the marker or another field, and not in a comment. */
export function mayContinue(before: string): boolean {
  const line = normalised(before);
  const afterMarker = line.replace(MARKER_START, "");
  if (/(^|\s)#/.test(afterMarker)) return false;
  return afterMarker !== line || FIELD_LINE.test(line);
}

/** What people, keyboards and editors put for plain characters, put back; the length may change. */
function normalised(text: string): string {
  return text
    .replace(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, "")
    .replace(/[\p{Zs}\t]/gu, " ")
    .replace(/[“”„‟«»″]/g, '"')
    .replace(/[‘’‚‛′]/g, "'")
    .replace(/[‐‑‒–—−]/g, "-");
}

/** No line of a block is longer; prose may be, and is not worth the time of the patterns below. */
export const LONGEST_LINE = 1_000;

/** Reads one line of the block. Never fails: what it cannot read is `unreadable`. */
export function meaningOf(line: string): Meaning {
  if (line.length > LONGEST_LINE) return { kind: "unreadable", word: "", indent: 0 };
  const text = normalised(line);
  if (/^\s*(`{3,}|~{3,}|-{3}|\.{3})?\s*$|^\s*[`~]{3,}\s*\w*\s*$/.test(text)) return { kind: "blank" };
  if (MARKER_LINE.test(text)) return { kind: "marker" };
  if (/^\s*#/.test(text)) return { kind: "comment" };
  const field = FIELD_LINE.exec(text);
  if (field) {
    const [, indent, key, rest] = field as unknown as [string, string, string, string];
    const name = FIELD_NAMES.find((candidate) => bare(candidate) === bare(key))!;
    return { kind: "field", name, ...scalarOf(rest), indent: indent.length };
  }
  const other = OTHER_LINE.exec(text);
  if (other) {
    const [, indent, key, value = ""] = other as unknown as [string, string, string, string?];
    return { kind: "other", key, open: /^([|>][-+\d]*)?\s*(#.*)?$/.test(value), indent: indent.length };
  }
  return {
    kind: "unreadable",
    word: text.trim().split(" ", 1)[0]!,
    indent: text.length - text.trimStart().length,
  };
}

const bare = (key: string) => key.toLowerCase().replace(/[^a-z]/g, "");

/** The value behind the colon, without quotes; empty when there is none. YAML where it is YAML. */
function scalarOf(rest: string): { value: string; comment: string } {
  const { contents, errors } = parseDocument(rest);
  let value = rest.replace(/(^|\s)#.*$/, "");
  let comment = /(?:^|\s)#(.*)$/.exec(rest)?.[1] ?? "";
  if (errors.length === 0 && contents instanceof Scalar) {
    if (contents.value === null) value = "";
    else value = contents.source ?? String(contents.value);
    comment = contents.comment ?? "";
  }
  return { value: value.replace(/^["'`\s]+|["'`\s,;}]+$/g, ""), comment };
}

/** The field that a name was meant for: with a slip of the pen or two, or with something behind it. */
export function misspelt(key: string): FieldName | undefined {
  return FIELD_NAMES.find((name) => bare(key).startsWith(bare(name)) || distance(bare(key), bare(name)) <= 2);
}

/** Letters to add, drop or change between two words (Levenshtein). */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
