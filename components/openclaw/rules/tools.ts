import { at, entriesOf, isObject, type Json } from "../configuration.ts";
import { problem } from "./problem.ts";

/** Places with a list of tools and an addition to it: no schema says that a gateway does not start with both. */
export function toolProblems(configuration: Json): string[] {
  return [
    ...doubled("tools", at(configuration, "tools")),
    ...entriesOf(at(configuration, "agents", "list")).flatMap(({ tools }, index) =>
      doubled(`agents.list.${index}.tools`, tools),
    ),
  ];
}

function doubled(path: string, tools: unknown): string[] {
  if (!isObject(tools)) return [];
  const isFilled = (list: unknown) => Array.isArray(list) && list.length > 0;
  return [
    ...(isFilled(tools["allow"]) && isFilled(tools["alsoAllow"])
      ? [problem(`${path}.alsoAllow`, "a list beside allow", "one of the two, with the names of both")]
      : []),
    ...Object.entries(tools).flatMap(([key, value]) => doubled(`${path}.${key}`, value)),
  ];
}
