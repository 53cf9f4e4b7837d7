import markdownIt from "markdown-it";
import { NodeHtmlMarkdown } from "node-html-markdown";
import sanitizeHtml from "sanitize-html";

const markdown = markdownIt({ html: false, linkify: true });
const fromHtml = new NodeHtmlMarkdown({ keepDataImages: false });

/** What Plane's editor knows; Plane stores comments as they come, scripts included (contracts/plane). */
const CLEAN: sanitizeHtml.IOptions = {
  allowedTags: [
    ...["p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "ul", "ol", "li"],
    ...["strong", "em", "s", "u", "a", "table", "thead", "tbody", "tr", "th", "td"],
  ],
  allowedAttributes: { a: ["href", "title"], code: ["class"] },
  allowedClasses: { code: ["language-*"] },
  allowedSchemes: ["http", "https", "mailto"],
};

/** Markdown of an agent's as HTML that may be stored in Plane. HTML inside of it is text. */
export function toHtml(text: string): string {
  return sanitizeHtml(markdown.render(text), CLEAN).trim();
}

/** One line of Markdown, without a paragraph around it. */
export function toInlineHtml(text: string): string {
  return sanitizeHtml(markdown.renderInline(text), CLEAN);
}

/** HTML of Plane's as Markdown: fewer tokens for whoever reads it. */
export function toMarkdown(html: string): string {
  return fromHtml.translate(sanitizeHtml(html, CLEAN)).trim();
}

/** What could pass for the mark: its bracket is changed, for of what is only cut out another one may remain. */
const LIKE_A_MARK = /<(?=[\s/]*plane-data)/gi;

/**
 * Text from Plane, marked as data: whoever wrote it gives the agent no orders. The mark cannot be closed from inside.
 */
export function asData(text: string): string {
  return `<plane-data>\n${text.replaceAll(LIKE_A_MARK, "‹")}\n</plane-data>`;
}
