import { isDeepStrictEqual } from "node:util";
import { type DockerHost, HostError, lastLines, placeOf, run } from "../host/run.ts";
import { shellWords } from "../host/shell.ts";
import { hardeningOptions, type InspectedHardening } from "./hardening.ts";

/** Whose a container is; the same label on everything that a stack makes. */
export const OWNER_LABEL = "io.javisi.owner";

export interface Bind {
  /** Path on the host; it has to exist. */
  host: string;
  container: string;
  readOnly: boolean;
}

/** The gateway's container, without its environment, which is secret. */
export interface ContainerSpec {
  name: string;
  /** Reference, as people know it. */
  image: string;
  /** Id of an image; where it is given it is what runs, whatever the reference means meanwhile. */
  imageId?: string;
  /** `uid:gid`. */
  user: string;
  /** MiB. */
  memory: number;
  cpus: number;
  /** Beside none at all. */
  capAdd: string[];
  /** Path on the host of a profile in place of Docker's own. */
  seccompProfile?: string;
  /** In this order; a container is on the first from the moment it is made. */
  networks: { name: string; aliases: string[] }[];
  binds: Bind[];
  /** Groups beside the user's own. */
  groupAdd?: string[];
  labels: Record<string, string>;
  /** Instead of the image's own. */
  command?: string[];
  health: {
    /** A shell line in the container. */
    command: string;
    /** Seconds between two looks. */
    interval: number;
    /** Seconds in which failures do not count yet: a cold start takes half a minute and more. */
    startPeriod: number;
  };
  /** Names resolved inside, beside the networks' own. */
  hosts?: { host: string; ip: string }[];
}

/** What of `docker inspect` of a container is used here. */
export interface Inspected extends InspectedHardening {
  Id: string;
  /** Id of the image. */
  Image: string;
  State: {
    Status: string;
    Running: boolean;
    Paused: boolean;
    ExitCode: number;
    OOMKilled: boolean;
    Error: string;
    StartedAt: string;
    Health?: { Status: string; Log: { Output: string }[] | null };
  };
  Config: {
    Image: string;
    User: string;
    Env: string[] | null;
    Cmd: string[] | null;
    Labels: Record<string, string> | null;
    Healthcheck?: { Test?: string[]; Interval?: number; StartPeriod?: number };
  } & InspectedHardening["Config"];
  HostConfig: {
    Memory: number;
    NanoCpus: number;
    CapAdd: string[] | null;
    GroupAdd: string[] | null;
    ExtraHosts: string[] | null;
  } & InspectedHardening["HostConfig"];
  Mounts: { Type: string; Source: string; Destination: string; RW: boolean }[];
  NetworkSettings: { Networks: Record<string, { Aliases: string[] | null }> };
}

/** Whose the container is. */
export function ownerOf(spec: ContainerSpec): string {
  return spec.labels[OWNER_LABEL] ?? "";
}

const MIB = 1024 * 1024;
const NANO = 1e9;

/**
 * Lines of a shell script that make the container, under a name and not yet started. Its environment is what the
 * script reads from standard input (see {@link environmentFile}), and it does not come back by itself when it ends:
 * what fails to start is seen to have failed.
 */
export function createScript(spec: ContainerSpec, name: string): string {
  const [first, ...others] = spec.networks;
  const { health } = spec;
  const options = [
    ...["--name", name, "--user", spec.user, "--restart", "no"],
    ...["--memory", `${spec.memory}m`, "--cpus", String(spec.cpus)],
    ...hardeningOptions(spec),
    ...spec.capAdd.flatMap((capability) => ["--cap-add", capability]),
    ...(spec.seccompProfile === undefined ? [] : ["--security-opt", `seccomp=${spec.seccompProfile}`]),
    ...["--health-cmd", health.command, "--health-interval", `${health.interval}s`],
    ...["--health-timeout", "8s", "--health-retries", "3", "--health-start-period", `${health.startPeriod}s`],
    ...(spec.groupAdd ?? []).flatMap((group) => ["--group-add", group]),
    ...(spec.hosts ?? []).flatMap(({ host, ip }) => ["--add-host", `${host}:${ip}`]),
    ...Object.entries(spec.labels)
      .sort()
      .flatMap(([label, value]) => ["--label", `${label}=${value}`]),
    // Not `--volume`, which makes a missing source, as root's folder.
    ...spec.binds.flatMap(({ host, container, readOnly }) => [
      "--mount",
      `type=bind,source=${host},target=${container}${readOnly ? ",readonly" : ""}`,
    ]),
    ...(first === undefined ? [] : ["--network", first.name, ...aliases("--network-alias", first.aliases)]),
    spec.imageId ?? spec.image,
    ...(spec.command ?? []),
  ];
  return [
    // Through cat, because a socket, as Node gives one, cannot be opened as /dev/stdin.
    `cat | docker create --env-file /dev/stdin ${shellWords(options)} > /dev/null || exit 1`,
    ...others.map(
      (network) =>
        `docker network connect ${shellWords([...aliases("--alias", network.aliases), network.name, name])} || exit 1`,
    ),
  ].join("\n");
}

function aliases(option: string, names: string[]): string[] {
  return names.flatMap((name) => [option, name]);
}

/**
 * An environment as docker's `--env-file` takes it.
 * @throws HostError for a value with a line break, which that format has no way to write.
 */
export function environmentFile(environment: Record<string, string>): string {
  const broken = Object.keys(environment).filter((name) => /[\r\n]/.test(environment[name] ?? ""));
  if (broken.length > 0)
    throw new HostError(
      `${broken.sort().join(", ")} of OpenClaw's environment has a line break, which Docker cannot hand over. ` +
        "Put such a value into a file that the gateway reads, and its path into openclaw:environment",
    );
  return Object.entries(environment)
    .sort()
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** The container of a name; undefined when there is none. */
export async function inspectContainer(host: DockerHost, name: string): Promise<Inspected | undefined> {
  const outcome = await run(host, `docker container inspect ${shellWords([name])}`);
  if (outcome.code === 0) return (JSON.parse(outcome.stdout) as Inspected[])[0];
  if (/No such (container|object)/i.test(outcome.stderr)) return undefined;
  throw new HostError(`inspecting ${name} failed on ${placeOf(host)}: ${lastLines(outcome.stderr, 3)}`);
}

/** The container as it really is, in the words of what is wanted: what is equal is left as it is written. */
export function specAsFound(wanted: ContainerSpec, imageId: string, found: Inspected): ContainerSpec {
  const { Config, HostConfig, Mounts, NetworkSettings } = found;
  const networks = wanted.networks.flatMap(({ name, aliases }) => {
    const there = NetworkSettings.Networks[name];
    return there ? [{ name, aliases: aliases.filter((alias) => there.Aliases?.includes(alias)) }] : [];
  });
  const others = Object.keys(NetworkSettings.Networks)
    .filter((name) => !wanted.networks.some((network) => network.name === name))
    .sort()
    .map((name) => ({ name, aliases: [] }));
  const capabilities = (HostConfig.CapAdd ?? []).map((name) => name.replace(/^CAP_/, ""));
  const binds = Mounts.filter(({ Type }) => Type === "bind").map(({ Source, Destination, RW }) => ({
    host: Source,
    container: Destination,
    readOnly: !RW,
  }));
  const hasProfile = HostConfig.SecurityOpt?.some((option) => option.startsWith("seccomp")) ?? false;
  const addedHosts = (HostConfig.ExtraHosts ?? []).map((line) => ({
    host: line.slice(0, line.indexOf(":")),
    ip: line.slice(line.indexOf(":") + 1),
  }));
  const { seccompProfile, command, groupAdd, hosts, ...rest } = wanted;
  return {
    ...rest,
    image: found.Image === imageId ? wanted.image : found.Image,
    user: Config.User,
    memory: HostConfig.Memory / MIB,
    cpus: HostConfig.NanoCpus / NANO,
    capAdd: sameMembers(wanted.capAdd, capabilities),
    ...(hasProfile ? { seccompProfile: seccompProfile ?? "unknown" } : {}),
    networks: [...networks, ...others],
    binds: sameMembers(wanted.binds, binds),
    ...(groupAdd || HostConfig.GroupAdd?.length
      ? { groupAdd: sameMembers(groupAdd ?? [], HostConfig.GroupAdd ?? []) }
      : {}),
    ...(hosts || addedHosts.length > 0 ? { hosts: sameMembers(hosts ?? [], addedHosts) } : {}),
    labels: Object.fromEntries(
      Object.keys(wanted.labels).flatMap((label) => {
        const value = Config.Labels?.[label];
        return value === undefined ? [] : [[label, value]];
      }),
    ),
    ...(command ? { command: Config.Cmd ?? [] } : {}),
    health: {
      command: Config.Healthcheck?.Test?.[1] ?? "",
      interval: (Config.Healthcheck?.Interval ?? 0) / NANO,
      startPeriod: (Config.Healthcheck?.StartPeriod ?? 0) / NANO,
    },
  };
}

/** The order in which Docker lists things is not the one in which they were given. */
function sameMembers<T>(wanted: T[], found: T[]): T[] {
  // Nor is the order of an object's keys, which a state sorts.
  const same =
    wanted.length === found.length &&
    wanted.every((each) => found.some((other) => isDeepStrictEqual(each, other)));
  return same ? wanted : found;
}

/** Of the wanted variables, those that the container has. */
export function environmentAsFound(wanted: Record<string, string>, found: Inspected): Record<string, string> {
  const there = new Map(
    (found.Config.Env ?? []).map((line) => [
      line.slice(0, line.indexOf("=")),
      line.slice(line.indexOf("=") + 1),
    ]),
  );
  return Object.fromEntries(
    Object.keys(wanted).flatMap((name) => {
      const value = there.get(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
