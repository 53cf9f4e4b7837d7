import { parseFragment, serialize, type DefaultTreeAdapterTypes as Tree } from "parse5";

type Node = Tree.ChildNode;

const DROPPED = new Set([
  "script",
  "style",
  "noscript",
  "template",
  "object",
  "embed",
  "meta",
  "link",
  "base",
]);
const BLOCKS = new Set(
  `address article aside blockquote center details div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr
  ol p pre section table ul`.split(/\s+/),
);
const KEPT_DATA = new Set(["data-type", "data-checked"]);

/**
 * What Plane's sanitizer makes of a description: comments, scripts, event handlers and most data attributes go,
 * and whatever is not one element gets a root. Nothing at all is no HTML.
 */
export function sanitizeHtml(html: string): string | undefined {
  if (html.trim() === "") return undefined;
  const fragment = parseFragment(html);
  clean(fragment);
  const written = serialize(fragment);
  const roots = fragment.childNodes.filter((node) => !isBlank(node));
  const [only] = roots;
  // A comment behind the only element is gone by now, but it made two of one.
  const alone = roots.length === 1 && only?.nodeName !== "#text" && !/<!--[\s\S]*?-->\s*$/.test(html);
  if (alone) return written.trim();
  const root = roots.some(({ nodeName }) => BLOCKS.has(nodeName)) ? "div" : "span";
  return `<${root}>${written.trim()}</${root}>`;
}

/** The text of a description, without its tags. */
export function stripTags(html: string): string {
  return html.replace(/<[^>]*>/g, "");
}

function clean(parent: Tree.ParentNode): void {
  parent.childNodes = parent.childNodes.filter(
    (node) => node.nodeName !== "#comment" && !DROPPED.has(node.nodeName),
  );
  for (const node of parent.childNodes) {
    if (!("attrs" in node)) continue;
    node.attrs = node.attrs.filter(
      ({ name, value }) =>
        !/^on/.test(name) &&
        (!name.startsWith("data-") || KEPT_DATA.has(name)) &&
        !(["href", "src"].includes(name) && /^\s*javascript:/i.test(value)),
    );
    const rel = node.attrs.find(({ name }) => name === "rel");
    if (node.nodeName === "a" && rel === undefined) {
      node.attrs.push({ name: "rel", value: "noopener noreferrer" });
    }
    clean(node);
  }
}

function isBlank(node: Node): boolean {
  return node.nodeName === "#text" && "value" in node && node.value.trim() === "";
}
