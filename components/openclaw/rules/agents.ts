import { AGENTS, CONCIERGE } from "../../../agents.ts";
import { PLUGIN } from "../../../skills/plane-bridge/bundle.ts";
import { TOOLS } from "../../../skills/plane-bridge/tools/index.ts";
import { at, entriesOf, isObject, type Json } from "../configuration.ts";
import { problem, shown } from "./problem.ts";

/** Names in a list of tools that show an agent the tools that create: each by its own, or all of the plugin's at once. */
const SHOWS_GATED = [
  ...TOOLS.filter(({ callers }) => callers === "concierge").map(({ name }) => name),
  PLUGIN,
  "group:plugins",
];

const CONCIERGE_ID = AGENTS.find(({ agentId }) => agentId === CONCIERGE)?.openclawId;

/** Agents that are there twice, or are named and not there, and tools of the concierge's that another would get. */
export function agentProblems(configuration: Json): string[] {
  const list = entriesOf(at(configuration, "agents", "list"));
  // OpenClaw makes no difference between capital and small letters.
  const ids = list.map(({ id }) => String(id).toLowerCase());
  return [
    ...ids.flatMap((id, index) =>
      ids.indexOf(id) < index
        ? [problem(`agents.list.${index}.id`, `"${id}" a second time`, "ids that are there once")]
        : [],
    ),
    ...list.flatMap(({ default: first }, index) =>
      first === true && list.findIndex((other) => other["default"] === true) < index
        ? [problem(`agents.list.${index}.default`, "a second default agent", "one")]
        : [],
    ),
    // A list that is no list has a fault of its own.
    ...(list.length === 0 ? [] : namedAgents(configuration))
      .filter(({ id }) => id !== "*" && !ids.includes(id.toLowerCase()))
      .map(({ path, id }) =>
        problem(
          path,
          `"${id}"`,
          "an agent of agents.list: any other wakes the default agent, or stops the gateway",
        ),
      ),
    ...[
      { path: "tools", tools: at(configuration, "tools") },
      ...list.flatMap(({ id, tools }, index) =>
        id === CONCIERGE_ID ? [] : [{ path: `agents.list.${index}.tools`, tools }],
      ),
    ].flatMap(({ path, tools }) => gatedIn(path, tools)),
  ];
}

function namedAgents(configuration: Json): { path: string; id: string }[] {
  const broadcast = at(configuration, "broadcast");
  const lists = {
    "hooks.allowedAgentIds": at(configuration, "hooks", "allowedAgentIds"),
    ...Object.fromEntries(
      Object.entries(isObject(broadcast) ? broadcast : {}).map(([peer, ids]) => [`broadcast.${peer}`, ids]),
    ),
  };
  return [
    ...Object.entries(lists).flatMap(([path, ids]) =>
      (Array.isArray(ids) ? ids : []).map((id, index) => ({ path: `${path}.${index}`, id })),
    ),
    ...entriesOf(at(configuration, "hooks", "mappings")).map(({ agentId }, index) => ({
      path: `hooks.mappings.${index}.agentId`,
      id: agentId,
    })),
    ...entriesOf(at(configuration, "bindings")).map(({ agentId }, index) => ({
      path: `bindings.${index}.agentId`,
      id: agentId,
    })),
  ].filter((named): named is { path: string; id: string } => typeof named.id === "string");
}

/** Every list of what is allowed below `tools`, the one for sandboxes and those by provider too. */
function gatedIn(path: string, tools: unknown): string[] {
  if (!isObject(tools)) return [];
  return Object.entries(tools).flatMap(([key, value]) => {
    const place = `${path}.${key}`;
    if (!["allow", "alsoAllow"].includes(key)) return gatedIn(place, value);
    return (Array.isArray(value) ? value : [])
      .filter((name) => SHOWS_GATED.includes(name))
      .map((name) =>
        problem(
          place,
          shown(place, name),
          "no tool that creates work: those are the concierge's (OPENCLAW-08)",
        ),
      );
  });
}
