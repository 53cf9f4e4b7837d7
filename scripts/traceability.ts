import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** How many requirements each group has: INFRA-01 to INFRA-06, and so on. */
const GROUPS = {
  INFRA: 6,
  AUTH: 4,
  OPENCLAW: 20,
  NOTIF: 8,
  PROV: 4,
  MONITOR: 4,
  "OPENCLAW-UPG": 15,
};

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DOCUMENT = join(ROOT, "docs/traceability.md");
const CODE = [
  "index.ts",
  "config.ts",
  "components",
  "providers",
  "plane",
  "skills",
  "workflows",
  "dashboards",
];
const TITLE = /\b(?:test|it)\(\s*(["'`])(.*?)\1/g;

/** The 61 ids, in the requirements' order. */
export function requirementIds(): string[] {
  return Object.entries(GROUPS).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, index) => `${group}-${String(index + 1).padStart(2, "0")}`),
  );
}

/**
 * The traceability table: for each requirement the tests that name it in their title and the code that cites it.
 * @param tests path to text of every test file; @param code the same for the program's files.
 */
export function traceability(tests: Record<string, string>, code: Record<string, string>): string {
  const rows = requirementIds().map((id) => {
    const cites = new RegExp(`(?<![A-Z-])${id}(?!\\d)`);
    const proofs = Object.entries(tests).flatMap(([path, text]) =>
      [...text.matchAll(TITLE)]
        .filter(([, , title = ""]) => cites.test(title))
        .map(([, , title]) => `${title} (\`${path}\`)`),
    );
    const places = Object.entries(code)
      .filter(([, text]) => cites.test(text))
      .map(([path]) => `\`${path}\``);
    return { id, proofs, places };
  });
  const missing = rows.filter(({ proofs }) => proofs.length === 0).map(({ id }) => id);
  return [
    "# Traceability",
    "",
    "Made by `npm run traceability` from the titles of tests and from the code that cites a requirement; a test fails when it is stale.",
    "",
    `Proven by a test: ${rows.length - missing.length} of ${rows.length}.`,
    "",
    `Without a test so far: ${missing.length === 0 ? "none" : missing.join(", ")}.`,
    "",
    "| requirement | tests | code |",
    "|---|---|---|",
    ...rows
      .filter(({ proofs, places }) => proofs.length + places.length > 0)
      .map(({ id, proofs, places }) => `| ${id} | ${proofs.join("<br>")} | ${places.join("<br>")} |`),
    "",
  ].join("\n");
}

/** What the checkout holds, as the document should say it. */
export function currentTraceability(): string {
  return traceability(textsBelow(["tests"], /\.test\.ts$/), textsBelow(CODE, /\.(ts|py|md)$/));
}

/** The document as it is. */
export function writtenTraceability(): string {
  return readFileSync(DOCUMENT, "utf8");
}

function textsBelow(places: string[], name: RegExp): Record<string, string> {
  const files = places.flatMap((place) => filesBelow(join(ROOT, place))).filter((path) => name.test(path));
  return Object.fromEntries(files.sort().map((path) => [relative(ROOT, path), readFileSync(path, "utf8")]));
}

function filesBelow(path: string): string[] {
  if (/\.\w+$/.test(path)) return [path];
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(DOCUMENT, currentTraceability());
  console.log(`${relative(ROOT, DOCUMENT)} written`);
}
