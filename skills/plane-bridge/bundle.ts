import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { skillDocument } from "./skill.ts";

/** Name of the plugin, of its folder and of its skill. */
export const PLUGIN = "plane-bridge";

/** What OpenClaw reads before it loads the plugin. Its settings are one path: all else is in that file. */
const MANIFEST = {
  id: PLUGIN,
  name: "plane-bridge",
  description: "Tasks in Plane for agents",
  configSchema: {
    type: "object",
    additionalProperties: false,
    properties: { configFile: { type: "string" } },
    required: ["configFile"],
  },
  skills: ["skills"],
};

/**
 * The plugin's folder, path to text: one program without dependencies, its manifest and SKILL.md. The same sources
 * give the same bytes.
 */
export async function bundlePlugin(): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("main.ts", import.meta.url))],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node22",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "error",
    // Libraries among the bundled ones are CommonJS and ask for Node's own modules.
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  const [program] = outputFiles;
  if (program === undefined) throw new Error("esbuild made no file");
  return {
    [`${PLUGIN}.mjs`]: program.text,
    "openclaw.plugin.json": `${JSON.stringify(MANIFEST, undefined, 2)}\n`,
    "package.json": `${JSON.stringify({ name: PLUGIN, version: "1.0.0", type: "module", openclaw: { extensions: [`./${PLUGIN}.mjs`] } }, undefined, 2)}\n`,
    [`skills/${PLUGIN}/SKILL.md`]: skillDocument(),
  };
}
