import { isDeepStrictEqual } from "node:util";
import { type ContainerSpec, type Inspected, specAsFound } from "../../providers/openclaw/container.ts";
import {
  type Hardening,
  hardeningAsFound,
  hardeningOf,
  NO_LIMIT,
} from "../../providers/openclaw/hardening.ts";
import { isObject, type Json } from "./configuration.ts";

/** The gateway that is wanted. */
export interface WantedGateway {
  spec: ContainerSpec;
  /** Secret: the variables whose value is known. */
  variables: Record<string, string>;
  /** Names of those that get theirs later. */
  later: string[];
  /** Secret: text of openclaw.json. */
  configuration: string;
}

/** The one that runs. */
export interface RunningGateway {
  container: Inspected;
  /** `NAME=value` of its image, which a container has without being asked. */
  imageEnvironment: string[];
  /** Secret: text of its openclaw.json; undefined when the file is gone. */
  configuration?: string | undefined;
}

/** A container's hardening, as a person calls it. */
const HARDENING: Record<keyof Hardening, string> = {
  restart: "restart policy",
  pidsLimit: "limit of processes",
  memorySwap: "memory and swap in MiB",
  capDrop: "dropped capabilities",
  securityOptions: "security options",
  privileged: "privileged",
  pid: "processes that it sees",
  ipc: "shared memory",
  logs: "logs",
  ports: "published ports",
  stopTimeout: "seconds to stop",
};

/**
 * What of a gateway becomes another, a line each, as a person would say it. Of environment and configuration the names
 * alone: values may be secret.
 */
export function differences(wanted: WantedGateway, running: RunningGateway): string[] {
  const { spec } = wanted;
  const { container } = running;
  const found = specAsFound(spec, container.Config.Image === spec.image ? container.Image : "", container);
  return [
    ...(container.State.Running ? [] : ["it does not run, and is started"]),
    ...becomes("image", container.Config.Image, spec.image),
    ...becomes("memory", `${found.memory} MiB`, `${spec.memory} MiB`),
    ...becomes("CPUs", found.cpus, spec.cpus),
    ...becomes("user", found.user, spec.user),
    ...becomes("capabilities", found.capAdd, spec.capAdd),
    ...becomes("groups", found.groupAdd ?? [], spec.groupAdd ?? []),
    ...becomes("seccomp", profileOf(found), profileOf(spec)),
    ...becomes("command", found.command ?? [], spec.command ?? []),
    ...changes("networks", networksOf(found), networksOf(spec)),
    ...changes("mounts", mountsOf(found), mountsOf(spec)),
    ...changes("added hosts", hostsOf(found), hostsOf(spec)),
    ...changes("labels", found.labels, spec.labels),
    ...changes("health check", { ...found.health }, { ...spec.health }),
    ...hardening(found, container),
    ...environment(wanted, running),
    ...configuration(running.configuration, wanted.configuration),
  ];
}

function becomes(what: string, found: unknown, wanted: unknown): string[] {
  return isDeepStrictEqual(found, wanted) ? [] : [`${what}: ${text(found)} becomes ${text(wanted)}`];
}

function text(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(" ");
  if (value === NO_LIMIT) return "no limit";
  return isObject(value) ? Object.values(value).join(" ") : String(value);
}

/** Which names one object has and the other has not, or with another value. */
function changes(what: string, found: Json, wanted: Json): string[] {
  const { adds, drops, alters } = contrast(found, wanted, "");
  const said = [
    ...(adds.length > 0 ? [`adds ${adds.join(", ")}`] : []),
    ...(drops.length > 0 ? [`drops ${drops.join(", ")}`] : []),
    ...(alters.length > 0 ? [`changes ${alters.join(", ")}`] : []),
  ];
  return said.length > 0 ? [`${what}: ${said.join("; ")}`] : [];
}

interface Contrast {
  adds: string[];
  drops: string[];
  alters: string[];
}

/** By path, as deep as both are objects. */
function contrast(found: Json, wanted: Json, prefix: string): Contrast {
  const result: Contrast = { adds: [], drops: [], alters: [] };
  for (const key of [...new Set([...Object.keys(found), ...Object.keys(wanted)])].sort()) {
    const [now, then, path] = [found[key], wanted[key], `${prefix}${key}`];
    if (isDeepStrictEqual(now, then)) continue;
    if (now === undefined) result.adds.push(path);
    else if (then === undefined) result.drops.push(path);
    else if (isObject(now) && isObject(then)) {
      const { adds, drops, alters } = contrast(now, then, `${path}.`);
      result.adds.push(...adds);
      result.drops.push(...drops);
      result.alters.push(...alters);
    } else result.alters.push(path);
  }
  return result;
}

function profileOf({ seccompProfile }: ContainerSpec): string {
  return seccompProfile ?? "Docker's default";
}

function networksOf({ networks }: ContainerSpec): Json {
  return Object.fromEntries(networks.map(({ name, aliases }) => [name, aliases]));
}

function mountsOf({ binds }: ContainerSpec): Json {
  return Object.fromEntries(binds.map(({ container, host, readOnly }) => [container, [host, readOnly]]));
}

function hostsOf({ hosts = [] }: ContainerSpec): Json {
  return Object.fromEntries(hosts.map(({ host, ip }) => [host, ip]));
}

/** Swap follows memory, which is told by itself. */
function hardening(found: ContainerSpec, container: Inspected): string[] {
  const [now, then] = [hardeningAsFound(container), hardeningOf(found)];
  return (Object.keys(HARDENING) as (keyof Hardening)[]).flatMap((key) =>
    becomes(HARDENING[key], now[key], then[key]),
  );
}

function environment(
  { variables, later }: WantedGateway,
  { container, imageEnvironment }: RunningGateway,
): string[] {
  const own = (container.Config.Env ?? []).filter((line) => !imageEnvironment.includes(line));
  const found = Object.fromEntries(
    own.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  const made = Object.fromEntries(later.map((name) => [name, found[name] ?? ""]));
  return changes("environment", found, { ...variables, ...made });
}

function configuration(found: string | undefined, wanted: string): string[] {
  if (found === wanted) return [];
  if (found === undefined) return ["configuration: openclaw.json is gone, and is written again"];
  const now = parsed(found);
  if (now === undefined) return ["configuration: openclaw.json is no JSON any more, and is written again"];
  const said = changes("configuration", now, parsed(wanted) ?? {});
  return said.length > 0 ? said : ["configuration: the same, written otherwise"];
}

function parsed(json: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
