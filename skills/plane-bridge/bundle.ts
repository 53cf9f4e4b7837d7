import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { skillDocument } from "./skill.ts";

/** Name of the plugin, of its folder and of its skill. */
export const PLUGIN = "plane-bridge";

const VERSION = "1.0.0";

/** What OpenClaw reads before it loads the plugin. Its settings are one path: all else is in that file. */
const MANIFEST = {
  id: PLUGIN,
  name: "plane-bridge",
  version: VERSION,
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
 * What OpenClaw loads: it translates every other module to CommonJS first, which takes 9 s of each start for ours;
 * Node itself takes it as it is.
 */
const ENTRY = `module.exports = require("node:module").createRequire(__filename)("./${PLUGIN}.mjs").default;\n`;

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
    "openclaw.cjs": ENTRY,
    "openclaw.plugin.json": `${JSON.stringify(MANIFEST, undefined, 2)}\n`,
    "package.json": `${JSON.stringify({ name: PLUGIN, version: VERSION, type: "module", openclaw: { extensions: ["./openclaw.cjs"] } }, undefined, 2)}\n`,
    [`skills/${PLUGIN}/SKILL.md`]: skillDocument(),
  };
}
