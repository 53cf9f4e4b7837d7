import { at, type Json } from "./configuration.ts";
import { agentProblems } from "./rules/agents.ts";
import { amountProblems } from "./rules/amounts.ts";
import { channelProblems } from "./rules/channels.ts";
import { isolationProblems } from "./rules/isolation.ts";
import { pluginProblems } from "./rules/plugins.ts";
import { problem, shown } from "./rules/problem.ts";
import { schemaFaults, schemaProblems } from "./rules/schema.ts";
import { secretProblems } from "./rules/secrets.ts";
import { toolProblems } from "./rules/tools.ts";
import type { OpenclawVersion } from "./version.ts";

export { variableProblems } from "./rules/secrets.ts";

/**
 * Everything for which a version's gateway would not start with this configuration, drop messages without a word, or be
 * less safe than its agents' tokens need: each with the place, what was found, what is allowed and what mends it.
 */
export function configurationProblems(version: OpenclawVersion, configuration: Json): string[] {
  const readable = schemaFaults(version, configuration).every(
    ({ path, kind }) => kind === "unknown" || !/^(agents|tools)\b/.test(path),
  );
  return [
    ...schemaProblems(version, configuration),
    ...gatewayProblems(configuration),
    ...channelProblems(version, configuration),
    ...pluginProblems(version, configuration),
    ...agentProblems(configuration),
    ...toolProblems(configuration),
    ...amountProblems(configuration),
    // Read by code of the gateway's, where these parts have passed its schema.
    ...(readable ? isolationProblems(configuration) : []),
    ...secretProblems(configuration),
  ];
}

/** Beyond loopback the Control UI needs to know where it is opened from, or the gateway exits. */
function gatewayProblems(configuration: Json): string[] {
  const [bind, enabled, origins, fallback] = [
    at(configuration, "gateway", "bind"),
    ...["enabled", "allowedOrigins", "dangerouslyAllowHostHeaderOriginFallback"].map((key) =>
      at(configuration, "gateway", "controlUi", key),
    ),
  ];
  const onLoopback = bind === undefined || bind === "loopback";
  const listed = Array.isArray(origins) && origins.length > 0;
  if (onLoopback || enabled === false || listed || fallback === true) return [];
  return [
    problem(
      "gateway.controlUi.allowedOrigins",
      `${shown("allowedOrigins", origins)} beside gateway.bind ${shown("bind", bind)} with the Control UI on`,
      "at least one origin: the gateway does not start without",
      'edit gateway.controlUi in the file of openclaw:configFile: allowedOrigins like ["https://openclaw.example.org"], ' +
        "or enabled false",
    ),
  ];
}
