import { fileURLToPath } from "node:url";
import { type BuildOptions, buildSync } from "esbuild";
import { jsonText } from "./nodes.ts";
import type { Step } from "./workflow.ts";

const FOLDER = fileURLToPath(new URL("../inside", import.meta.url));

/**
 * A Code node that runs a module of `workflows/inside/`: its `run(items, from, settings)` gets the JSON of all items,
 * a look at what another node gave out, and the settings; it returns the JSON of items.
 * @param settings no secrets: they stand in the workflow.
 */
export function code(name: string, module: string, settings: object = {}): Step {
  const text = bundled(module);
  const jsCode = [
    "const node = {",
    "  items: $input.all().map(({ json }) => json),",
    fromOf(text, settings),
    `  settings: ${JSON.stringify(settings)},`,
    "  out: [],",
    "};",
    text,
    "return node.out.map((json) => ({ json }));",
  ].join("\n");
  return {
    name,
    type: "n8n-nodes-base.code",
    typeVersion: 2,
    parameters: { mode: "runOnceForAllItems", language: "javaScript", jsCode },
  };
}

/**
 * A look at the nodes that a module names, each by a literal: for a name that is made n8n hands the data of all nodes to
 * the other process. What has not run yet has given nothing out.
 */
function fromOf(text: string, settings: object): string {
  const literals = [...text.matchAll(/\bfrom\("([^"]+)"\)/g)].map(([, name]) => name);
  const { node, row } = settings as { node?: string; row?: string };
  const names = [...new Set([...literals, node, row])].filter((name) => name !== undefined).sort();
  const looks = names.map((name) => {
    const quoted = JSON.stringify(name);
    return `${quoted}: () => ($(${quoted}).isExecuted ? $(${quoted}).all().map(({ json }) => json) : [])`;
  });
  return `  from: (name) => ({ ${looks.join(", ")} })[name](),`;
}

/**
 * The same for a small module that gives out one item, as an expression: n8n evaluates it itself, in a tenth of the
 * time in which a Code node asks another process.
 */
export function quickCode(name: string, module: string, settings: object = {}): Step {
  const expression = [
    "(() => {",
    "try {",
    "const node = {",
    "  items: [],",
    FROM,
    `  settings: ${JSON.stringify(settings)},`,
    "  out: [],",
    "};",
    bundled(module, FOR_EXPRESSIONS),
    "return JSON.stringify(node.out[0]);",
    // n8n takes an expression that throws for null, and null for an empty item; a text it refuses.
    "} catch (error) {",
    "return JSON.stringify(String(error));",
    "}",
    "})()",
  ].join("\n");
  // Two closing braces would end it.
  return { ...jsonText(name, `={{ ${expression.replaceAll(/}(?=})/g, "} ")} }}`), executeOnce: true };
}

// What has not run yet has given nothing out.
const FROM = "  from: (name) => ($(name).isExecuted ? $(name).all().map(({ json }) => json) : []),";

/** n8n's parser of expressions knows no private fields, and stumbles over templates within templates. */
const FOR_EXPRESSIONS: BuildOptions = {
  target: "es2019",
  supported: { "template-literal": false },
  // Nothing may be defined there: fields are assigned.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};

function bundled(module: string, more: BuildOptions = {}): string {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `import { run } from "./${module}.ts"; node.out = run(node.items, node.from, node.settings);`,
      resolveDir: FOLDER,
      loader: "ts",
    },
    bundle: true,
    write: false,
    // Not as a module with exports: n8n's sandbox does not let esbuild define them.
    format: "iife",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2023",
    charset: "utf8",
    legalComments: "none",
    ...more,
  });
  return outputFiles?.[0]?.text ?? "";
}
