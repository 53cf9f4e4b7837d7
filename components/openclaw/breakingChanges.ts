import { at, entriesOf, isObject, type Json } from "./configuration.ts";
import { accountsOf, listsNobody, silencesGroups } from "./rules/channels.ts";
import { compareVersions } from "./version.ts";

/** Something that changed in a version, and what it means to go over that change in either direction. */
interface Change {
  version: string;
  /** Whether a configuration is touched by it; absent: everyone is. */
  touches?: (configuration: Json) => boolean;
  upgrade?: string;
  rollback?: string;
}

/** What changed from 2026.2.23 to 2026.2.26 (contracts/openclaw, OpenClaw's change log), oldest first. */
const CHANGES: Change[] = [
  {
    version: "2026.2.24",
    touches: (configuration) =>
      sandboxNetworks(configuration).some((network) => network.startsWith("container:")),
    upgrade:
      "a sandbox may no longer share a container's network (network container:...): the gateway does not start.",
  },
  {
    version: "2026.2.25",
    touches: (configuration) =>
      heartbeats(configuration).some(({ directPolicy }) => directPolicy === undefined),
    upgrade:
      "heartbeats reach people's direct messages (2026.2.24 had stopped that, 2026.2.23 not yet); " +
      'agents.defaults.heartbeat.directPolicy "block" stops them.',
    rollback:
      "heartbeats reach direct messages or not as the older version has it: 2026.2.24 stops them, 2026.2.23 does not.",
  },
  {
    version: "2026.2.25",
    touches: (configuration) =>
      heartbeats(configuration).some(({ directPolicy }) => directPolicy !== undefined),
    rollback:
      "heartbeat.directPolicy is not known before, and a gateway does not start with a key that it does not know.",
  },
  {
    version: "2026.2.25",
    touches: (configuration) => accountsOf(configuration).some(silencesGroups),
    upgrade:
      "who may speak in a Telegram group has to be listed (groupAllowFrom, or a group's allowFrom): nobody is.",
    rollback: "Telegram's groups are open again to those that the direct messages' pairing let in.",
  },
  {
    version: "2026.2.25",
    touches: (configuration) => at(configuration, "gateway", "controlUi", "enabled") !== false,
    upgrade:
      "a browser or app that connects to the gateway has to be paired once: openclaw devices approve <request>.",
  },
  {
    version: "2026.2.26",
    touches: (configuration) => accountsOf(configuration).some(listsNobody),
    upgrade:
      'dmPolicy "allowlist" without anybody in allowFrom stops the gateway; before, it dropped all direct messages.',
    rollback: 'dmPolicy "allowlist" without anybody in allowFrom drops all direct messages without a word.',
  },
  {
    version: "2026.2.26",
    touches: (configuration) => at(configuration, "agents", "defaults", "sandbox", "mode") === "all",
    upgrade:
      "a sandboxed agent's file tools refuse a symbolic link whose target is missing or outside of its workspace.",
  },
  {
    version: "2026.2.26",
    upgrade:
      "`openclaw onboard --reset` keeps the workspace by default. Either way it rewrites openclaw.json, which is this " +
      "project's: it is not a way back.",
    rollback: "`openclaw onboard --reset` takes the workspace along by default: do not use it.",
  },
  {
    version: "2026.2.26",
    touches: (configuration) => configuration["secrets"] !== undefined || configuration["acp"] !== undefined,
    rollback:
      "secrets and acp are not known before, and a gateway does not start with a key that it does not know.",
  },
  {
    version: "2026.2.26",
    touches: (configuration) => hasSecretReference(configuration),
    rollback: 'a secret given as an object {source, provider, id} is not understood before; "${NAME}" is.',
  },
  {
    version: "2026.2.26",
    touches: (configuration) =>
      !hasSecretReference(configuration) && /\$\{[A-Z_]/.test(JSON.stringify(configuration)),
    upgrade: "`openclaw secrets` is new and not needed: secrets stay in the gateway's environment.",
  },
];

/**
 * What changes for a configuration between two versions, in sentences that begin with the version that brought it. Both
 * directions; what does not touch the configuration is left out. Nothing is known of changes from an `unknown` version.
 */
export function breakingChanges(from: string, to: string, configuration: Json): string[] {
  if (from === "unknown") return [];
  const way = compareVersions(from, to) < 0 ? "upgrade" : "rollback";
  const [older, newer] = way === "upgrade" ? [from, to] : [to, from];
  const between = CHANGES.filter(
    ({ version, touches }) =>
      compareVersions(version, older) > 0 &&
      compareVersions(version, newer) <= 0 &&
      (touches === undefined || touches(configuration)),
  );
  const inOrder = way === "upgrade" ? between : between.toReversed();
  return inOrder.flatMap((change) => {
    const sentence = change[way];
    if (sentence === undefined) return [];
    return `${way === "upgrade" ? "Since" : "Before"} ${change.version}: ${sentence}`;
  });
}

function agents(configuration: Json): Json[] {
  const defaults = at(configuration, "agents", "defaults");
  return [...(isObject(defaults) ? [defaults] : []), ...entriesOf(at(configuration, "agents", "list"))];
}

function heartbeats(configuration: Json): Json[] {
  return agents(configuration)
    .map((agent) => agent["heartbeat"])
    .filter(isObject);
}

function sandboxNetworks(configuration: Json): string[] {
  return agents(configuration)
    .map((agent) => at(agent, "sandbox", "docker", "network"))
    .filter((network) => typeof network === "string");
}

function hasSecretReference(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { source, id } = value as Json;
  return (
    (["env", "file", "exec"].includes(source as string) && typeof id === "string") ||
    Object.values(value).some(hasSecretReference)
  );
}
