import { AGENTS, CONCIERGE } from "../../agents.ts";
import { PLUGIN } from "../../skills/plane-bridge/bundle.ts";
import { withPlugin } from "../../skills/plane-bridge/overlay.ts";
import type { OpenclawVersion } from "./version.ts";

/** A JSON object, as openclaw.json and its parts are. */
export type Json = Record<string, unknown>;

const CONCIERGE_ID = AGENTS.find(({ agentId }) => agentId === CONCIERGE)?.openclawId;

/**
 * openclaw.json for a version: the user's base with our overlays over it, later ones over earlier ones. Overlays win,
 * except that agents and hooks go by their ids, lists of what is allowed are united, and a value of the wrong kind in
 * the base stays, so that the rules name it. Inputs stay as they are; `$include`s are not followed.
 */
export function renderConfiguration(version: OpenclawVersion, base: Json, ...overlays: Json[]): Json {
  const overlay = overlays.reduce((all, next) => mergedObject(all, next, []), {});
  // OpenClaw's note of who wrote the file: with a newer version in it an older one warns at every command.
  const written = { meta: { lastTouchedVersion: version } };
  return {
    ...[overlay, ourAgents(base, overlay), ourPlugin(base, overlay)].reduce(
      (all, next) => mergedObject(all, next, []),
      base,
    ),
    ...written,
  };
}

/** Every agent of the list sandboxed like the defaults, those that only the base knows too, and one the default agent. */
function ourAgents(base: Json, overlay: Json): Json {
  const sandbox = at(overlay, "agents", "defaults", "sandbox");
  const theirs = entriesOf(at(base, "agents", "list"));
  const ours = entriesOf(at(overlay, "agents", "list"));
  if (theirs.length + ours.length === 0) return {};
  const chosen = theirs.some((agent) => agent["default"] === true);
  const ids = new Set([...theirs, ...ours].map(({ id }) => id));
  const list = [...ids]
    .filter((id) => typeof id === "string")
    .map((id) => {
      const own = ours.find((agent) => agent["id"] === id)?.["sandbox"];
      return {
        id,
        ...(isObject(sandbox) && { sandbox: mergedObject(sandbox, isObject(own) ? own : {}, []) }),
        ...(id === CONCIERGE_ID && !chosen && { default: true }),
      };
    });
  return { agents: { list } };
}

/** A base's list of plugins with ours, where ours is used: the list switches off what it does not name. */
function ourPlugin(base: Json, overlay: Json): Json {
  const allow = at(base, "plugins", "allow");
  if (!Array.isArray(allow) || at(overlay, "plugins", "entries", PLUGIN) === undefined) return {};
  return { plugins: { allow: withPlugin(allow) } };
}

/** The file's text: the same for the same configuration, whatever the order of its keys. */
export function configurationText(configuration: Json): string {
  return `${JSON.stringify(configuration, (_, value) => (isObject(value) ? sorted(value) : value), 2)}\n`;
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list's entries that are objects. */
export function entriesOf(list: unknown): Json[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** What stands at a path; undefined where there is no such path. */
export function at(configuration: Json, ...path: string[]): unknown {
  return path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), configuration);
}

function sorted(object: Json): Json {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function mergedObject(base: Json, overlay: Json, path: readonly string[]): Json {
  const keys = new Set([...Object.keys(base), ...Object.keys(overlay)]);
  const own = (object: Json, key: string) => (Object.hasOwn(object, key) ? object[key] : undefined);
  const all = Object.fromEntries(
    [...keys].map((key) => [key, merged(own(base, key), own(overlay, key), [...path, key])]),
  );
  return path.includes("tools") ? withOneList(all) : all;
}

/** Of a base's list of tools and our addition to it one list: a gateway does not start with both in one place. */
function withOneList(tools: Json): Json {
  const { allow, alsoAllow, ...others } = tools;
  if (!Array.isArray(allow) || !Array.isArray(alsoAllow) || allow.length === 0) return tools;
  return { ...others, allow: [...new Set([...allow, ...alsoAllow])] };
}

function merged(base: unknown, overlay: unknown, path: readonly string[]): unknown {
  if (overlay === undefined) return base;
  if (base === undefined) return overlay;
  if (isObject(overlay)) return isObject(base) ? mergedObject(base, overlay, path) : base;
  if (!Array.isArray(overlay)) return overlay;
  if (!Array.isArray(base)) return base;
  const key = path.join(".");
  if (key === "agents.list") return byId(base, overlay, (theirs, ours) => merged(theirs, ours, []));
  // Ours first: the first mapping that matches is the one that OpenClaw takes.
  if (key === "hooks.mappings") return byId(overlay, base, (ours, theirs) => merged(theirs, ours, []));
  return isUnited(path) ? [...new Set([...base, ...overlay])] : overlay;
}

/** Lists of what is allowed: a list of ours in their place would take away what the base allows. */
function isUnited(path: readonly string[]): boolean {
  const last = path.at(-1) ?? "";
  return (
    ["plugins.load.paths", "hooks.allowedAgentIds"].includes(path.join(".")) ||
    (path.includes("tools") && ["allow", "alsoAllow"].includes(last))
  );
}

/** The first list's entries, each merged with the second's of its id, and then those that only the second has. */
function byId(
  first: readonly unknown[],
  second: readonly unknown[],
  merge: (entry: unknown, same: unknown) => unknown,
): unknown[] {
  const idOf = (entry: unknown) => (isObject(entry) ? entry["id"] : undefined);
  const sameAs = (entry: unknown) =>
    second.find((other) => idOf(other) !== undefined && idOf(other) === idOf(entry));
  const ids = new Set(first.map(idOf));
  return [
    ...first.map((entry) => merge(entry, sameAs(entry))),
    ...second.filter((entry) => idOf(entry) === undefined || !ids.has(idOf(entry))),
  ];
}
