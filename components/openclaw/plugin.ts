import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { PlaneOpsConfig } from "../../config.ts";
import type { SourceFile } from "../hostFiles.ts";

/** The plugin's files by path in its folder, ready to be copied. */
export type Plugin = Record<string, SourceFile>;

/** Among what else git ignores; relative, for it stands in the state. */
const STAGE = ".plane-ops/plane-bridge";

/** The bridge, bundled from the sources of this checkout; undefined where it is not asked for (`agents:bridge`). */
export async function bridgePlugin({ bridge }: Pick<PlaneOpsConfig, "bridge">): Promise<Plugin | undefined> {
  if (!bridge) return undefined;
  // The bundler and the tools are loaded by those only who need them.
  const { bundlePlugin } = await import("../../skills/plane-bridge/bundle.ts");
  const files = Object.entries(await bundlePlugin());
  return Object.fromEntries(files.map(([path, text]) => [path, stage(path, text)]));
}

/** Puts a text where the provider reads it: the state keeps its checksum only. */
function stage(path: string, text: string): SourceFile {
  const source = `${STAGE}/${path}`;
  mkdirSync(dirname(source), { recursive: true });
  writeFileSync(`${source}.${process.pid}`, text);
  renameSync(`${source}.${process.pid}`, source);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { mode: path.endsWith(".mjs") ? "755" : "644", source, sha256 };
}
