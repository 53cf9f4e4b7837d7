import { stringify } from "yaml";
import { FIELD_NAMES, type FieldChanges, type FieldName, type Fields, fieldProblem } from "./declarations.ts";
import { MARKER } from "./grammar.ts";
import { type Line, type Span } from "./lines.ts";
import { analyse, type Block, readFields } from "./read.ts";

/** Values that the fields do not take; nothing was written. */
export class InvalidFields extends Error {
  /** One French sentence for each. */
  readonly problems: readonly string[];

  constructor(problems: string[]) {
    super(problems.join("\n"));
    this.name = "InvalidFields";
    this.problems = problems;
  }
}

/**
 * The description with some fields changed. Touches only the lines of those fields: everything else, in the block
 * (other names, comments, what cannot be read) and outside of it, keeps every byte. A missing block is added at the
 * end, or at the start of HTML that is so broken that its end is inside a comment or a tag. What already has its
 * value is not written again, however it is spelt.
 *
 * @param html `description_html` as Plane gave it; null counts as empty.
 * @param changes fields to set; null or undefined clears one, absent ones stay.
 * @throws InvalidFields when a name or a value is not allowed.
 */
export function writeFields(html: string | null | undefined, changes: FieldChanges): string {
  const before = html ?? "";
  const invalid = Object.entries(changes).flatMap(([name, value]) => {
    const isCleared = value === undefined || value === null;
    return (FIELD_NAMES as string[]).includes(name) && isCleared ? [] : (fieldProblem(name, value) ?? []);
  });
  if (invalid.length > 0) throw new InvalidFields(invalid);

  const { block, fields } = analyse(before);
  const wanted: Fields = { ...fields };
  for (const name of FIELD_NAMES.filter((name) => name in changes)) {
    if (changes[name] === undefined || changes[name] === null) delete wanted[name];
    else Object.assign(wanted, { [name]: changes[name] });
  }

  const isEmpty = FIELD_NAMES.every((name) => wanted[name] === undefined);
  if (!block && isEmpty) return before;
  if (block) {
    const after = changeBlock(before, block, changes, fields);
    if (isSame(readFields(after).fields, wanted)) return after;
  }
  const added = newBlock(wanted);
  for (const after of [before + added, added + before]) {
    const reading = analyse(after);
    // Behind an open tag or comment the block would be text of something else.
    if (isSame(reading.fields, wanted) && reading.block?.marker?.pre) return after;
  }
  throw new Error(
    "The fields could not be written: the description's HTML is broken around the plane-ops block. " +
      "Delete the block by hand in Plane, then try again",
  );
}

function isSame(a: Fields, b: Fields): boolean {
  return FIELD_NAMES.every((name) => a[name] === b[name]);
}

function newBlock(fields: Fields): string {
  const lines = FIELD_NAMES.filter((name) => fields[name] !== undefined).map((name) =>
    lineOf(name, fields[name]!),
  );
  return `<pre><code class="language-yaml">${[MARKER, ...lines].map((line) => `${line}\n`).join("")}</code></pre>`;
}

/** A line of the block as HTML. */
function lineOf(name: FieldName, value: string | number, comment = ""): string {
  const yaml = stringify(value, { lineWidth: 0 }).trimEnd();
  const line = `${name}: ${yaml}${comment === "" ? "" : ` #${comment}`}`;
  return line.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

interface Edit extends Span {
  text: string;
}

function changeBlock(html: string, block: Block, changes: FieldChanges, fields: Fields): string {
  const edits: Edit[] = [];
  const added: string[] = [];
  for (const name of FIELD_NAMES.filter((name) => name in changes)) {
    const value = changes[name];
    const lines = block.entries.filter((entry) => entry.name === name);
    const last = lines.at(-1);
    if (value === undefined || value === null) {
      for (const { line } of lines) edits.push(...removal(html, line));
    } else if (value !== fields[name]) {
      for (const { line } of lines.slice(0, -1)) edits.push(...removal(html, line));
      if (last) edits.push(...replacement(html, last.line, lineOf(name, value, last.comment)));
      else added.push(lineOf(name, value));
    }
  }
  if (added.length > 0) edits.push(insertion(html, block, added));
  if (edits.length > 0 && !block.marker) {
    const { start } = block.entries[0]!.line.pieces[0]!;
    edits.push({ start, end: start, text: `${MARKER}\n` });
  }
  return applied(html, edits);
}

/** The line's text in place of the old one; tags in between, and spaces around, stay. */
function replacement(html: string, line: Line, text: string): Edit[] {
  const pieces = line.pieces.map((piece) => trimmed(html, piece)).filter(({ start, end }) => start < end);
  return pieces.map((piece, index) => ({ ...piece, text: index === 0 ? text : "" }));
}

function trimmed(html: string, { start, end }: Span): Span {
  const raw = html.slice(start, end);
  const before = /^(?:\s|&nbsp;)*/.exec(raw)![0].length;
  const after = /(?:[\s,;]|&nbsp;)*$/.exec(raw.slice(before))![0].length;
  return { start: start + before, end: end - after };
}

function removal(html: string, line: Line): Edit[] {
  if (line.glued) return replacement(html, line, "");
  return [...line.pieces, ...(line.end ? [line.end] : [])].map((span) => ({ ...span, text: "" }));
}

/** New lines behind the last field, or behind the marker. */
function insertion(html: string, block: Block, added: string[]): Edit {
  const line = block.entries.at(-1)?.line ?? block.marker!;
  const separator =
    line.end && line.pre > 0 ? html.slice(line.end.start, line.end.end) : line.pre > 0 ? "\n" : "<br>";
  if (line.end)
    return { start: line.end.end, end: line.end.end, text: added.map((text) => text + separator).join("") };
  const { end } = line.pieces.at(-1)!;
  return { start: end, end, text: added.map((text) => separator + text).join("") };
}

function applied(html: string, edits: Edit[]): string {
  // Of two edits in one place the first asked for comes first: an insertion behind a line that is removed.
  const ordered = edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  let result = "";
  for (const { start, end, text } of ordered) {
    result += html.slice(at, Math.max(at, start)) + text;
    at = Math.max(at, end);
  }
  return result + html.slice(at);
}
