/** Line breaks, tabs and controls, and what turns the direction of the text after it: a name has none of them. */
const NOT_IN_A_LINE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Text as Telegram's HTML shows it, whatever is in it. Half a surrogate pair could not be sent. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A name that somebody gave, as one line of plain text of at most `limit` UTF-16 units. */
export function oneLine(text: string, limit = 120): string {
  const line = text.replace(NOT_IN_A_LINE, " ").replace(/ {2,}/g, " ").trim();
  if (line.length <= limit) return line;
  return `${line
    .slice(0, limit - 1)
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd()}…`;
}
