import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The plugins that have a stand-in. */
export const STAND_IN_PLUGINS = ["command", "docker", "grafana", "random"] as const;
export type StandInPlugin = (typeof STAND_IN_PLUGINS)[number];

/** Where things are on the machine that runs them. */
export interface LauncherPlaces {
  /** The project's root folder, absolute. */
  root: string;
  /** The Node that runs the plugins, absolute. */
  node: string;
}

const SOURCES = "tests/standins/plugins";
const BUNDLES = ".plane-ops/cache/plugins";
const COMPILE_CACHE = ".plane-ops/cache/compile";

/** What a launcher starts: its entry point and the name of its bundle. */
const DYNAMIC_PROVIDER = { entry: "dynamic-provider.ts", bundle: "dynamic-provider" };

/** The shell script to install as `pulumi-resource-<name>`, executable, on the PATH of the engine. */
export function pluginLauncher(name: StandInPlugin, places: LauncherPlaces): string {
  return launcher(`${name}/main.ts`, name, places, `the stand-in for Pulumi's ${name} plugin`);
}

/** The same for `pulumi-resource-pulumi-nodejs`, which runs the program's dynamic providers. */
export function dynamicProviderLauncher(places: LauncherPlaces): string {
  const { entry, bundle } = DYNAMIC_PROVIDER;
  return launcher(entry, bundle, places, "the program's dynamic providers");
}

/**
 * Makes one file of each plugin, which starts three times as fast as its sources. A launcher takes the
 * sources by itself when they are newer than the bundle or there is none, so this is only about speed.
 */
export async function bundlePlugins(root: string): Promise<void> {
  const { build } = await import("esbuild");
  const entries = [
    ...STAND_IN_PLUGINS.map((name) => ({ entry: `${name}/main.ts`, bundle: name as string })),
    DYNAMIC_PROVIDER,
  ];
  mkdirSync(join(root, BUNDLES), { recursive: true });
  const result = await build({
    absWorkingDir: root,
    entryPoints: entries.map(({ entry, bundle }) => ({ in: join(SOURCES, entry), out: bundle })),
    bundle: true,
    write: false,
    outdir: BUNDLES,
    outExtension: { ".js": ".cjs" },
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["dockerode"],
    logLevel: "error",
  });
  for (const { path, contents } of result.outputFiles) {
    // A plugin may start at this very moment: it finds the old file or the new one, never half of one.
    writeFileSync(`${path}.${process.pid}`, contents);
    renameSync(`${path}.${process.pid}`, path);
  }
}

function launcher(entry: string, bundle: string, { root, node }: LauncherPlaces, what: string): string {
  const sources = quoted(join(root, SOURCES));
  return `#!/bin/sh
# Runs ${what}; see ${SOURCES}/launcher.ts.
export NODE_COMPILE_CACHE=${quoted(join(root, COMPILE_CACHE))}
program=${quoted(join(root, BUNDLES, `${bundle}.cjs`))}
for source in ${sources}/*.ts ${sources}/*/*.ts ${sources}/schemas/*.json; do
  if [ ! -f "$program" ] || [ "$source" -nt "$program" ]; then
    program=${sources}/${entry}
    break
  fi
done
exec ${quoted(node)} "$program" "$@"
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
