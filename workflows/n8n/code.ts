import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import type { Step } from "./workflow.ts";

const FOLDER = fileURLToPath(new URL("../inside", import.meta.url));

/**
 * A Code node that runs a module of `workflows/inside/`: its `run(items, from, settings)` gets the JSON of all items,
 * a look at what another node gave out, and the settings; it returns the JSON of items.
 * @param settings no secrets: they stand in the workflow.
 */
export function code(name: string, module: string, settings: object = {}): Step {
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
  });
  const jsCode = [
    "const node = {",
    "  items: $input.all().map(({ json }) => json),",
    // What has not run yet has given nothing out.
    "  from: (name) => ($(name).isExecuted ? $(name).all().map(({ json }) => json) : []),",
    `  settings: ${JSON.stringify(settings)},`,
    "  out: [],",
    "};",
    outputFiles[0]?.text ?? "",
    "return node.out.map((json) => ({ json }));",
  ].join("\n");
  return {
    name,
    type: "n8n-nodes-base.code",
    typeVersion: 2,
    parameters: { mode: "runOnceForAllItems", language: "javaScript", jsCode },
  };
}
