import { join } from "node:path";

/** The plugins that have a stand-in. */
export const STAND_IN_PLUGINS = ["command", "docker", "random"] as const;
export type StandInPlugin = (typeof STAND_IN_PLUGINS)[number];

/** Where things are on the machine that runs them. */
export interface LauncherPlaces {
  /** The project's root folder, absolute. */
  root: string;
  /** The Node that runs the plugins, absolute. */
  node: string;
}

/** The shell script to install as `pulumi-resource-<name>`, executable, on the PATH of the engine. */
export function pluginLauncher(name: StandInPlugin, places: LauncherPlaces): string {
  const source = join(places.root, "tests/standins/plugins");
  return [
    "#!/bin/sh",
    `# The stand-in for Pulumi's ${name} plugin; see tests/standins/plugins/.`,
    ...nodeSettings(places),
    `exec ${quoted(places.node)} ${quoted(join(source, name, "main.ts"))} "$@"`,
    "",
  ].join("\n");
}

/** The same for `pulumi-resource-pulumi-nodejs`, which runs the program's dynamic providers. */
export function dynamicProviderLauncher(places: LauncherPlaces): string {
  return [
    "#!/bin/sh",
    "# Runs the program's dynamic providers.",
    ...nodeSettings(places),
    `exec ${quoted(places.node)} ${quoted(join(places.root, "node_modules/@pulumi/pulumi/cmd/dynamic-provider"))} "$@"`,
    "",
  ].join("\n");
}

function nodeSettings({ root }: LauncherPlaces): string[] {
  return [`export NODE_COMPILE_CACHE=${quoted(join(root, ".plane-ops/cache/compile"))}`];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
