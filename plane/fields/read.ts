import {
  FIELD_NAMES,
  FIELDS,
  type FieldName,
  type Fields,
  parseValue,
  shown,
  valueProblem,
} from "./declarations.ts";
import { MARKER, type Meaning, meaningOf, misspelt } from "./grammar.ts";
import { type Line, linesOf } from "./lines.ts";

/** Something in a description that a person should mend. Plain text: escape it before it goes into a comment. */
export interface FieldProblem {
  /** Absent when no field can be named. */
  field?: FieldName;
  /** What stands in the description. */
  found: string;
  /** What is allowed there, in French. */
  allowed: string;
  /** All of it, as a French sentence. */
  message: string;
}

/** What a description says about the fields. */
export interface FieldReading {
  fields: Fields;
  problems: FieldProblem[];
  /** Whether there is a block. */
  found: boolean;
}

/** A line of the block that sets a field. */
export interface Entry {
  name: FieldName;
  line: Line;
  /** As it was typed; empty: no value. */
  typed: string;
  value: string | number | undefined;
  /** The YAML comment behind the value, without `#`. */
  comment: string;
}

/** The block that counts. */
export interface Block {
  entries: Entry[];
  /** The last marker line; absent in a block that has lost it. */
  marker: Line | undefined;
}

/** A reading with what is needed to change it. */
export interface Analysis extends FieldReading {
  block: Block | undefined;
}

/**
 * The fields in the description of a work item.
 *
 * Forgives what people and editors do to the block: spaces, order, comments, quotes, capitals, a decimal comma,
 * another place, lost markup, the lines as paragraphs. What it cannot read becomes a problem and stays where it is.
 * Of several blocks, and of several lines of one field, the last counts: the block belongs at the end, so what was
 * pasted in from elsewhere stands before it.
 *
 * @param html `description_html`; null and empty have no fields. Any string is read, none is an error.
 */
export function readFields(html: string | null | undefined): FieldReading {
  const { fields, problems, found } = analyse(html ?? "");
  return { fields, problems, found };
}

/** {@link readFields} for who is going to write. */
export function analyse(html: string): Analysis {
  if (!MAY_HOLD_FIELDS.test(html)) return { fields: {}, problems: [], found: false, block: undefined };
  const lines = linesOf(html).map((line) => ({ ...meaningOf(line.text), line }));
  const candidates = candidatesOf(lines);
  const marked = candidates.filter((candidate) => candidate.marker);
  const chosen = marked.at(-1) ?? candidates.findLast((candidate) => readableNames(candidate).size >= 2);

  const problems = chosen?.problems ?? [];
  const fields: Fields = {};
  if (marked.length > 1) problems.unshift(doubled(marked.length));
  if (chosen) {
    if (!chosen.marker) problems.unshift(unmarked());
    for (const name of FIELD_NAMES) readField(name, chosen, fields, problems);
  }
  const inBlocks = new Set([...marked, ...(chosen ? [chosen] : [])].flatMap((block) => [...block.lines]));
  const elsewhere = lines.filter(({ line }) => !inBlocks.has(line));
  problems.push(...strays(elsewhere, fields));
  return { fields, problems, found: chosen !== undefined, block: chosen };
}

/** Most descriptions have no block: they need no parser. */
const MAY_HOLD_FIELDS = /plane|agent|cost|confidence|session|&#/i;

type Read = Meaning & { line: Line };

/** A `<pre>`, or a run of paragraphs, that may be the block. */
interface Candidate extends Block {
  lines: Set<Line>;
  problems: FieldProblem[];
  /** Fields indented below a name that is not ours. */
  nested: Map<FieldName, Line>;
  /** Names that look like a field with a slip of the pen. */
  slips: Map<FieldName, Line>;
}

function candidatesOf(lines: Read[]): Candidate[] {
  const pres = Map.groupBy(
    lines.filter(({ line }) => line.pre > 0),
    ({ line }) => line.pre,
  );
  const groups = [...pres.values()].concat(runsOf(lines.filter(({ line }) => line.pre === 0)));
  // In the order of the document, in which paragraphs and <pre> alternate.
  const position = new Map(lines.map(({ line }, index) => [line, index]));
  return groups.sort((a, b) => position.get(a[0]!.line)! - position.get(b[0]!.line)!).map(candidateOf);
}

/** Plane's editor turns a code block into one paragraph for each line: from the marker to the last field. */
function runsOf(lines: Read[]): Read[][] {
  const runs: Read[][] = [];
  for (let start = 0; start < lines.length; start++) {
    if (lines[start]!.kind !== "marker") continue;
    let end = start;
    let strangers = 0;
    for (let at = start + 1; at < lines.length && strangers <= 2; at++) {
      const read = lines[at]!;
      if (read.kind === "marker") break;
      if (read.kind === "field" || (read.kind === "other" && read.key.includes("_"))) {
        end = at;
        strangers = 0;
      } else if (read.kind !== "blank") strangers++;
    }
    const run = lines.slice(start, end + 1);
    if (run.some(({ kind }) => kind === "field")) runs.push(run);
    start = end;
  }
  return runs;
}

function candidateOf(lines: Read[]): Candidate {
  const candidate: Candidate = {
    lines: new Set(lines.map(({ line }) => line)),
    marker: lines.findLast(({ kind }) => kind === "marker")?.line,
    entries: [],
    problems: [],
    nested: new Map(),
    slips: new Map(),
  };
  let above: { indent: number; open: boolean } | undefined;
  for (const read of lines) {
    if (read.kind === "blank" || read.kind === "comment") continue;
    if (read.kind === "marker") {
      above = undefined;
      continue;
    }
    // Below a name with a value only the rest of that value can hang: a name there is indented by a slip.
    const below = above !== undefined && read.indent > above.indent;
    const isTheirs = below && (above!.open || (read.kind === "unreadable" && !misspelt(read.word)));
    if (read.kind === "field") {
      if (isTheirs) candidate.nested.set(read.name, read.line);
      else {
        candidate.entries.push(entryOf(read));
        above = undefined;
      }
    } else if (isTheirs) continue;
    else if (read.kind === "other") {
      above = read;
      const name = misspelt(read.key);
      if (name) candidate.slips.set(name, read.line);
    } else if (!(above?.open && /^\s*-/.test(read.line.text))) candidate.problems.push(unreadable(read.line));
  }
  return candidate;
}

function entryOf({ name, value, comment, line }: Read & { kind: "field" }): Entry {
  return { name, line, typed: value, value: value === "" ? undefined : parseValue(name, value), comment };
}

function readableNames({ entries }: Block): Set<FieldName> {
  return new Set(entries.filter(({ value }) => value !== undefined).map(({ name }) => name));
}

function readField(name: FieldName, block: Candidate, fields: Fields, problems: FieldProblem[]) {
  const entries = block.entries.filter((entry) => entry.name === name && entry.typed !== "");
  const readable = entries.filter(({ value }) => value !== undefined);
  const value = readable.at(-1)?.value;
  if (value !== undefined) Object.assign(fields, { [name]: value });
  for (const { typed, value } of entries) if (value === undefined) problems.push(wrongValue(name, typed));
  if (new Set(readable.map((entry) => entry.value)).size > 1)
    problems.push(repeated(name, readable.map((entry) => entry.typed).join(", "), value!));
  if (entries.length > 0) return;
  const nested = block.nested.get(name);
  if (nested) problems.push(misplaced(name, nested, "est indenté sous une autre ligne"));
  const slip = block.slips.get(name);
  if (slip) problems.push(slipOf(name, slip));
}

/** Fields that the block leaves open and a line outside of it sets: one problem for each, by its last line. */
function strays(lines: Read[], fields: Fields): FieldProblem[] {
  return FIELD_NAMES.filter((name) => fields[name] === undefined).flatMap((name) => {
    const stray = lines.findLast(
      (read) => read.kind === "field" && read.name === name && entryOf(read).value !== undefined,
    );
    return stray ? misplaced(name, stray.line, "est hors du bloc plane-ops") : [];
  });
}

function wrongValue(field: FieldName, found: string): FieldProblem {
  return { field, found, allowed: FIELDS[field].allowed, message: valueProblem(field, found) };
}

function repeated(field: FieldName, found: string, value: string | number): FieldProblem {
  const allowed = "une seule ligne par champ";
  const message = `Champ « ${field} » : plusieurs valeurs trouvées (${shown(found)}) ; attendu : ${allowed}. La dernière valeur lisible compte : ${value}.`;
  return { field, found, allowed, message };
}

function misplaced(field: FieldName, line: Line, where: string): FieldProblem {
  const found = line.text.trim();
  const allowed = `une ligne « ${field}: … » sans indentation, dans le bloc qui commence par « ${MARKER} »`;
  return {
    field,
    found,
    allowed,
    message: `Champ « ${field} » non pris en compte : « ${shown(found)} » ${where} ; attendu : ${allowed}.`,
  };
}

function slipOf(field: FieldName, line: Line): FieldProblem {
  const found = line.text.trim();
  const allowed = `le nom de champ « ${field} »`;
  return {
    field,
    found,
    allowed,
    message: `Nom de champ inconnu : « ${shown(found)} » ; attendu : ${allowed} ?`,
  };
}

function unreadable(line: Line): FieldProblem {
  const found = line.text.trim();
  const allowed = "« nom: valeur », ou un commentaire qui commence par #";
  return {
    found,
    allowed,
    message: `Ligne illisible dans le bloc plane-ops : « ${shown(found)} » ; attendu : ${allowed}.`,
  };
}

function doubled(count: number): FieldProblem {
  const allowed = "un seul bloc, à la fin de la description";
  return {
    found: `${count} blocs`,
    allowed,
    message: `${count} blocs plane-ops trouvés ; attendu : ${allowed}. Seul le dernier compte : supprimez les autres.`,
  };
}

function unmarked(): FieldProblem {
  const found = "un bloc de champs sans sa première ligne";
  const allowed = `« ${MARKER} » comme première ligne`;
  return { found, allowed, message: `Trouvé : ${found} ; attendu : ${allowed}.` };
}
