import { MARKER } from "../../../plane/fields/grammar.ts";

/** The block as the bridge writes it; one that a person has taken apart is shown as it is. */
const BLOCK = new RegExp(`<pre[^>]*>\\s*(<code[^>]*>)?\\s*${MARKER}[\\s\\S]*?</pre>`, "gi");

/** A description without its field block: agents get fields as fields. */
export function withoutBlock(html: string | null): string {
  return (html ?? "").replaceAll(BLOCK, "");
}
