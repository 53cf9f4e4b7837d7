import { type DefaultTreeAdapterTypes, parseFragment, type Token } from "parse5";
import { FIELD_STARTS, LONGEST_LINE, mayContinue } from "./grammar.ts";

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

/** Characters `start` to `end` of the HTML. */
export interface Span {
  start: number;
  end: number;
}

/** One line of text as a reader sees it, and where its pieces stand in the HTML. */
export interface Line {
  /** Without HTML and entities. */
  text: string;
  /** Pieces of text without tags; `<b>` and the like stand between them. */
  pieces: Span[];
  /** The newline or `<br>` that ends it; absent where the end of an element or of a glued field does. */
  end?: Span;
  /** Whether the line begins in the middle of one, behind another field. */
  glued: boolean;
  /** Which `<pre>` holds the line: a number of its own for each, 0 outside of them. */
  pre: number;
}

const BLOCKS = new Set(
  (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure " +
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre section summary table tbody td tfoot th " +
    "thead tr ul"
  ).split(" "),
);
/** Their text is not shown, or not as HTML. */
const OPAQUE = new Set(
  "iframe noembed noframes noscript plaintext script select style template textarea title xmp".split(" "),
);

const [context] = parseFragment("<div></div>").childNodes as [Element];

/** The lines of a description, in the order of the document. Any string is HTML to a browser, and so it is here. */
export function linesOf(html: string): Line[] {
  const lines: Line[] = [];
  let line: Line = { text: "", pieces: [], glued: false, pre: 0 };
  let pre = 0;
  let pres = 0;

  const endLine = (end?: Span, glue = false) => {
    if (end) line.end = end;
    if (line.pieces.length > 0 || end) lines.push(line);
    line = { text: "", pieces: [], glued: glue, pre };
  };
  const addPiece = (start: number, end: number) => {
    if (start === end) return;
    line.text += textOf(html.slice(start, end));
    line.pieces.push({ start, end });
  };
  /** Text without a newline. Fields that an editor has put on one line become lines of their own. */
  const addText = (start: number, end: number) => {
    const raw = html.slice(start, end);
    let from = 0;
    for (const { index } of raw.matchAll(FIELD_STARTS)) {
      if (line.text.length + index - from > LONGEST_LINE) break;
      if (!mayContinue(line.text + textOf(raw.slice(from, index)))) continue;
      addPiece(start + from, start + index);
      endLine(undefined, true);
      from = index;
    }
    addPiece(start + from, end);
  };
  const addLines = ({ startOffset, endOffset }: Token.Location) => {
    let from = startOffset;
    for (const newline of html.slice(startOffset, endOffset).matchAll(NEWLINE)) {
      const start = startOffset + newline.index;
      addText(from, start);
      from = start + newline[0].length;
      endLine({ start, end: from });
    }
    addText(from, endOffset);
  };

  // A stack of our own: elements may be nested deeper than calls can be.
  const todo: (Node | (() => void))[] = parseFragment(context, html, {
    sourceCodeLocationInfo: true,
  }).childNodes;
  todo.reverse();
  for (let next = todo.pop(); next; next = todo.pop()) {
    if (typeof next === "function") next();
    else if ("tagName" in next) enter(next);
    else if (next.nodeName === "#text" && next.sourceCodeLocation) addLines(next.sourceCodeLocation);
  }
  endLine();
  return lines;

  function enter(element: Element) {
    const { tagName, sourceCodeLocation: location, childNodes } = element;
    if (OPAQUE.has(tagName)) return;
    if (tagName === "br")
      return endLine(location ? { start: location.startOffset, end: location.endOffset } : undefined);
    if (BLOCKS.has(tagName)) {
      const outer = pre;
      if (tagName === "pre") pre = ++pres;
      endLine();
      todo.push(() => {
        pre = outer;
        endLine();
      });
    }
    for (let at = childNodes.length - 1; at >= 0; at--) todo.push(childNodes[at]!);
  }
}

const NEWLINE = /\r\n|\r|\n|&#(?:0*10|x0*a);/gi;

/** The text that a piece of HTML without tags shows. */
function textOf(raw: string): string {
  if (!/[&<\0]/.test(raw)) return raw;
  const { childNodes } = parseFragment(context, raw, {});
  return childNodes.map((node) => ("value" in node ? node.value : "")).join("");
}
