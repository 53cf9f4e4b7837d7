/**
 * A marked block inside a text that belongs to others. The markers are comments of the Caddyfile; every byte outside
 * of them stays as it is.
 */
export interface Markers {
  begin: string;
  end: string;
}

/** One marker without the other: where the block ends cannot be known. */
export class BrokenBlockError extends Error {
  constructor(markers: Markers, missing: string) {
    super(
      `the line "${missing}" is missing, so the end of our block cannot be told from other sites. ` +
        `Delete by hand what is left of the block (look for "${markers.begin.slice(2, 24)}"), then run pulumi up --refresh`,
    );
    this.name = "BrokenBlockError";
  }
}

export function markersFor(site: string): Markers {
  return {
    begin: `# >>> plane-ops ${site}: made by Pulumi, changes here are undone`,
    end: `# <<< plane-ops ${site}`,
  };
}

/** The text between the markers, or undefined when the block is not there. */
export function readBlock(text: string, markers: Markers): string | undefined {
  const span = spanOf(text, markers);
  return span && text.slice(span.blockStart, span.blockEnd);
}

/**
 * The text with the block in it: in its old place, else at the end.
 * @param block ends with a newline.
 * @throws BrokenBlockError when one of the two markers is missing.
 */
export function writeBlock(text: string, markers: Markers, block: string): string {
  const span = spanOf(text, markers);
  if (span) return text.slice(0, span.blockStart) + block + text.slice(span.blockEnd);
  const whole = `${markers.begin}\n${block}${markers.end}`;
  // A text without a last newline gets a block without one: removal then knows to give that state back.
  return text === "" || text.endsWith("\n") ? `${text}${whole}\n` : `${text}\n${whole}`;
}

/**
 * The text without the block: what it was before {@link writeBlock} added it.
 * @throws BrokenBlockError when one of the two markers is missing.
 */
export function removeBlock(text: string, markers: Markers): string {
  const span = spanOf(text, markers);
  if (!span) return text;
  const atEnd = span.end === text.length && !text.endsWith("\n");
  return text.slice(0, atEnd ? span.start - 1 : span.start) + text.slice(span.end);
}

function spanOf(text: string, markers: Markers) {
  const start = lineStart(text, markers.begin);
  const endLine = lineStart(text, markers.end);
  if (start < 0 && endLine < 0) return undefined;
  if (start < 0) throw new BrokenBlockError(markers, markers.begin);
  if (endLine < start) throw new BrokenBlockError(markers, markers.end);
  const afterEnd = endLine + markers.end.length;
  return {
    start,
    blockStart: start + markers.begin.length + 1,
    blockEnd: endLine,
    end: text[afterEnd] === "\n" ? afterEnd + 1 : afterEnd,
  };
}

/** Index of a line that is exactly `line`, or -1. */
function lineStart(text: string, line: string): number {
  for (let at = text.indexOf(line); at >= 0; at = text.indexOf(line, at + 1)) {
    const before = at === 0 || text[at - 1] === "\n";
    const after = text[at + line.length];
    if (before && (after === undefined || after === "\n")) return at;
  }
  return -1;
}
