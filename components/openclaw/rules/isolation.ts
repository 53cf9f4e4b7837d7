import { dirname } from "node:path";
import { PLUGIN } from "../../../skills/plane-bridge/bundle.ts";
import { type OpenClawConfig } from "../../../skills/plane-bridge/faces/plugin/openclaw.ts";
import { unsafe } from "../../../skills/plane-bridge/faces/plugin/safety.ts";
import { at, entriesOf, type Json } from "../configuration.ts";
import { problem, shown } from "./problem.ts";

/** What of a configuration would let agents out of their sandboxes, next to tokens and Docker's socket. */
export function isolationProblems(configuration: Json): string[] {
  const places = [
    {
      path: "agents.defaults.sandbox.docker",
      docker: at(configuration, "agents", "defaults", "sandbox", "docker"),
    },
    ...entriesOf(at(configuration, "agents", "list")).map((agent, index) => ({
      path: `agents.list.${index}.sandbox.docker`,
      docker: at(agent, "sandbox", "docker"),
    })),
  ];
  return [
    // The bridge's own words and rules, by which it refuses to work in such a gateway.
    ...unsafe(configuration as OpenClawConfig, bridgeFolder(configuration)).map(
      (sentence) => `${sentence}\n    edit that in the file of openclaw:configFile`,
    ),
    ...places.flatMap(({ path, docker }) =>
      Object.entries((docker ?? {}) as Json).flatMap(([key, value]) =>
        dockerProblem(`${path}.${key}`, key, value),
      ),
    ),
  ];
}

/** Where the bridge keeps tokens: beside its settings. */
function bridgeFolder(configuration: Json): string[] {
  const settings = at(configuration, "plugins", "entries", PLUGIN, "config", "configFile");
  return typeof settings === "string" ? [dirname(settings)] : [];
}

function dockerProblem(path: string, key: string, value: unknown): string[] {
  if (["seccompProfile", "apparmorProfile"].includes(key) && value === "unconfined") {
    return [problem(path, shown(path, value), "a profile of your own, or no such key")];
  }
  if (key.startsWith("dangerously") && value === true)
    return [problem(path, "true", "false, or no such key")];
  return [];
}
