import type { PlaneOpsConfig } from "../../config.ts";
import { HostError, placeOf } from "../../providers/host/run.ts";
import type { Inventory, Named } from "./inventory.ts";
import {
  BACKUP_CONTAINER,
  COLLECTOR_CONTAINERS,
  NETWORK_NAMES,
  nameOf,
  OBSERVABILITY_CONTAINERS,
  OBSERVABILITY_VOLUMES,
  PLANE_CONTAINERS,
  PLANE_VOLUMES,
  PLATFORM_CONTAINERS,
  PLATFORM_VOLUMES,
} from "./names.ts";
import { overlaps, subnetOf } from "./subnet.ts";

/** Below this Docker cannot unpack Plane's images. */
const MINIMUM_FREE = 1024;

/**
 * What stands in the way of a deployment, each with the step that mends it; empty when nothing does.
 * Pure, so that every rule can be tested: `takeInventory` does the looking.
 */
export function preflight(config: PlaneOpsConfig, inventory: Inventory): string[] {
  return [
    ...(config.mode === "existing" ? missingPlatform(config, inventory) : taken(config, inventory)),
    ...foreign(config, inventory),
    ...fullDisks(inventory),
  ];
}

/** @throws HostError with all problems in one message. */
export function refuse(config: PlaneOpsConfig, problems: string[]): void {
  if (problems.length === 0) return;
  throw new HostError(
    `${placeOf(config.docker)} is not ready for stack ${config.stack}; nothing was touched.\n\n` +
      problems.map((problem) => `- ${problem}`).join("\n"),
  );
}

function missingPlatform(config: PlaneOpsConfig, inventory: Inventory): string[] {
  const networks = NETWORK_NAMES.map((name) => nameOf(config.prefix, name)).filter(
    (name) => !inventory.networks.some((network) => network.name === name),
  );
  const problems = networks.map(
    (name) => `network ${name} does not exist: create the platform first, or check platform:prefix`,
  );
  const needed = [...PLATFORM_CONTAINERS, ...(config.monitoring ? OBSERVABILITY_CONTAINERS : [])];
  for (const part of needed) {
    const name = nameOf(config.prefix, part);
    const container = inventory.containers.find((candidate) => candidate.name === name);
    if (!container) problems.push(`container ${name} does not exist: ${waysOut(part)}`);
    else if (!container.running) problems.push(`container ${name} is not running: docker start ${name}`);
  }
  return problems;
}

/** Without its observability a platform can still run Plane. */
function waysOut(part: string): string {
  const ways = ["create the platform first", "check platform:prefix"];
  if (OBSERVABILITY_CONTAINERS.some((name) => name === part))
    ways.push("do without: pulumi config set monitoring:enabled false");
  return `${ways.slice(0, -1).join(", ")}, or ${ways.at(-1)}`;
}

/** Addresses and the port that the embedded platform needs. */
function taken(config: PlaneOpsConfig, inventory: Inventory): string[] {
  const others = inventory.networks.filter((network) => network.owner !== config.owner);
  const clashes = NETWORK_NAMES.flatMap((name) => {
    const subnet = subnetOf(config.subnetPrefix, name);
    const other = others.find((network) => network.subnets.some((range) => overlaps(range, subnet)));
    // A network of our own name is told as such, not as its own address.
    return other && other.name !== nameOf(config.prefix, name)
      ? [
          `subnet ${subnet} of network ${nameOf(config.prefix, name)} is used by network ${other.name}: pulumi config set platform:subnetPrefix 172.21`,
        ]
      : [];
  });
  const { port } = config.publish;
  const caddy = inventory.containers.find(({ name }) => name === nameOf(config.prefix, "caddy"));
  const oursListens = caddy?.running && caddy.owner === config.owner;
  if (inventory.listening.includes(port) && !oursListens)
    clashes.push(
      `port ${port} is in use by another program: pulumi config set platform:httpPort ${nextFree(port, inventory)}`,
    );
  return clashes;
}

function nextFree(port: number, inventory: Inventory): number {
  let candidate = port < 65535 ? port + 1 : 1024;
  while (inventory.listening.includes(candidate)) candidate += 1;
  return candidate;
}

/** Names that we need and that something else carries: never taken silently. */
function foreign(config: PlaneOpsConfig, inventory: Inventory): string[] {
  if (config.adopt) return [];
  const embedded = config.mode === "embedded";
  const observed = embedded && config.monitoring !== undefined;
  const containers = [
    ...PLANE_CONTAINERS,
    ...(embedded ? PLATFORM_CONTAINERS : []),
    ...(config.monitoring ? COLLECTOR_CONTAINERS : []),
    ...(config.backup ? [BACKUP_CONTAINER] : []),
    ...(observed ? OBSERVABILITY_CONTAINERS : []),
  ];
  const volumes = [
    ...PLANE_VOLUMES,
    ...(embedded ? PLATFORM_VOLUMES : []),
    ...(observed ? OBSERVABILITY_VOLUMES : []),
  ];
  const find = (kind: string, parts: readonly string[], there: Named[], adopted: string) =>
    there
      .filter(
        ({ name, owner }) =>
          owner !== config.owner && parts.some((part) => nameOf(config.prefix, part) === name),
      )
      .map(
        ({ name, owner }) =>
          `${kind} ${name} exists and belongs to ${owner === "" ? "something else than Pulumi" : `stack ${owner}`}: ` +
          `remove or rename it, choose another platform:prefix, or let Pulumi take it over (${adopted}): pulumi config set platform:adopt true`,
      );
  return [
    ...find("container", containers, inventory.containers, "it is stopped, renamed and replaced"),
    ...find(
      "network",
      embedded ? NETWORK_NAMES : [],
      inventory.networks,
      "it is replaced once nothing is attached",
    ),
    ...find("volume", volumes, inventory.volumes, "it is used with the data in it"),
  ];
}

function fullDisks(inventory: Inventory): string[] {
  return Object.entries(inventory.free)
    .filter(([, free]) => free < MINIMUM_FREE)
    .map(
      ([path, free]) =>
        `${path} has ${free} MiB free, ${MINIMUM_FREE} MiB are needed: docker image prune frees some, or choose another platform:root`,
    );
}
