import { PLUGIN } from "../../../skills/plane-bridge/bundle.ts";
import { at, isObject, type Json } from "../configuration.ts";
import type { OpenclawVersion } from "../version.ts";
import { channelsOf } from "./channels.ts";
import { problem } from "./problem.ts";
import { bundledPlugins } from "./schema.ts";

/** Plugins that are switched off though something needs them, and names that no plugin has. */
export function pluginProblems(version: OpenclawVersion, configuration: Json): string[] {
  const bundled = bundledPlugins(version);
  const entries = at(configuration, "plugins", "entries");
  const enabled = isObject(entries) ? Object.keys(entries) : [];
  const allow = namesAt(configuration, "allow");
  const deny = namesAt(configuration, "deny") ?? [];
  const needed = [
    ...(enabled.includes(PLUGIN) ? [PLUGIN] : []),
    ...channelsOf(configuration).flatMap(([channel]) => (bundled.includes(channel) ? [channel] : [])),
  ];
  const loaded = at(configuration, "plugins", "load", "paths");
  const installed = at(configuration, "plugins", "installs");
  const known = (name: string) => bundled.includes(name) || name === PLUGIN;
  // A plugin from a folder of the user's own has a name that only the gateway knows.
  const others =
    (Array.isArray(loaded) && loaded.length > (enabled.includes(PLUGIN) ? 1 : 0)) || isObject(installed);
  const unknown = (path: string, names: readonly string[]) =>
    others
      ? []
      : names
          .filter((name) => !known(name))
          .map((name) =>
            problem(
              path,
              JSON.stringify(name),
              `plugins that ${version} has: it does not start with another name`,
            ),
          );
  return [
    ...(at(configuration, "plugins", "enabled") === false && needed.length > 0
      ? [problem("plugins.enabled", "false", `true: ${needed.join(" and ")} would be off`)]
      : []),
    ...(allow === undefined ? [] : needed.filter((name) => !allow.includes(name))).map((name) =>
      problem(
        "plugins.allow",
        `a list without "${name}"`,
        "one with it: the list switches off what it does not name",
      ),
    ),
    ...needed
      .filter((name) => deny.includes(name))
      .map((name) => problem("plugins.deny", `"${name}"`, "plugins that nothing here needs")),
    ...unknown("plugins.allow", allow ?? []),
    ...channelNames(configuration).flatMap((name) => unknown(`channels.${name}`, [name])),
    // 2026.2.26 only warns of an entry without a plugin.
    ...(version === "2026.2.23" ? enabled.flatMap((name) => unknown(`plugins.entries.${name}`, [name])) : []),
  ];
}

/** What stands below `channels` and is a channel's name. */
function channelNames(configuration: Json): string[] {
  const channels = at(configuration, "channels");
  return Object.keys(isObject(channels) ? channels : {}).filter(
    (name) => !["defaults", "modelByChannel"].includes(name),
  );
}

function namesAt(configuration: Json, key: string): string[] | undefined {
  const names = at(configuration, "plugins", key);
  return Array.isArray(names) ? names.filter((name) => typeof name === "string") : undefined;
}
