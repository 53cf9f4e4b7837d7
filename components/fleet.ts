import * as docker from "@pulumi/docker";
import {
  all,
  type ComponentResource,
  type CustomResourceOptions,
  type Input,
  type Output,
  output,
} from "@pulumi/pulumi";
import type { PlaneOpsConfig, Service } from "../config.ts";
import type { Attachments } from "../providers/wiring/wiring.ts";
import { Claims } from "./claims.ts";
import { ContainerWiring } from "./containerWiring.ts";
import { ownLabels } from "./labels.ts";
import { nameOf } from "./platform/names.ts";

/** A capability that is added back after dropping all. */
export type Capability = "CHOWN" | "DAC_READ_SEARCH" | "NET_BIND_SERVICE" | "SETGID" | "SETUID";

/** A command inside the container whose success proves that the service does its work. */
export interface HealthCheck {
  /** A shell line; words where the image has no shell. */
  command: string | string[];
  /** Seconds between two looks; 10 by default. */
  interval?: number;
  /** Seconds in which failures do not count yet; 60 by default. */
  startPeriod?: number;
}

export interface ServiceArgs {
  /** Container name without the prefix: `plane_api`. Its network alias is the same with hyphens. */
  name: string;
  /** Whose limits of `plane:limits` hold. */
  service: Service;
  image: Input<string>;
  /** Networks by name, as the platform yields them. */
  networks: Input<string>[];
  /** Names on its networks beside its own. */
  aliases?: string[];
  health: HealthCheck;
  /** Capabilities beside none at all. */
  capabilities?: Capability[];
  /** `uid:gid`; the image's own user by default. */
  user?: string;
  command?: Input<string>[];
  /** Labels beside our own; a changed one replaces the container. */
  labels?: Record<string, Input<string>>;
  /** Secret values make the whole environment secret. */
  environment?: Record<string, Input<string>>;
  /** Named volume to path in the container. */
  volumes?: { volume: Input<string>; path: string; readOnly?: true }[];
  /** Host files and folders, mounted read-only: path on the host to path in the container. */
  mounts?: Record<string, string>;
  /** Host folders that the container writes in: path on the host to path in the container. */
  writable?: Record<string, string>;
  ports?: { internal: number; external: number; address: string }[];
  /** Names resolved inside the container, beside the networks' own. */
  hosts?: { host: string; ip: string }[];
}

/** A container without any network. */
export interface ApartArgs {
  /** Container name without the prefix. */
  name: string;
  image: Input<string>;
  entrypoint: string[];
  command: string[];
  user: string;
  /** Groups of the user beside its own. */
  groups: string[];
  /** MiB. */
  memory: number;
  cpus: number;
  mounts: { source: string; target: string; readOnly: boolean }[];
  /** Replaces the container when it changes: what a mounted program reads at its start. */
  labels: Record<string, Input<string>>;
}

/** All containers of a stack: each made the same hardened way, wired and counted together. */
export class Fleet {
  private readonly config: PlaneOpsConfig;
  private readonly claims: Claims;
  private containers: docker.Container[] = [];
  private readonly wired: string[] = [];
  private attachments: Record<string, Output<Attachments>> = {};
  private readonly images = new Map<string, docker.RemoteImage>();

  constructor(config: PlaneOpsConfig) {
    this.config = config;
    this.claims = new Claims(config);
  }

  /** A long-running container with limits, health check, dropped capabilities, log rotation and labels (platform.md). */
  service(
    args: ServiceArgs,
    options: CustomResourceOptions & { parent: ComponentResource },
  ): docker.Container {
    const name = nameOf(this.config.prefix, args.name);
    const aliases = [args.name.replaceAll("_", "-"), ...(args.aliases ?? [])].sort();
    const limit = this.config.limits[args.service];
    const mounts = Object.entries(args.mounts ?? {}).sort();
    const container = new docker.Container(
      args.name.replaceAll("_", "-"),
      {
        name,
        image: args.image,
        command: args.command,
        user: args.user,
        envs: environmentList(args.environment ?? {}),
        memory: limit.memory,
        // Unset, it would be a diff at every preview; twice the memory is the engine's own default.
        memorySwap: limit.memory * 2,
        cpus: String(limit.cpus),
        capabilities: { drops: ["ALL"], adds: args.capabilities?.map((capability) => `CAP_${capability}`) },
        securityOpts: ["no-new-privileges:true"],
        restart: "unless-stopped",
        logDriver: "json-file",
        logOpts: { "max-file": "3", "max-size": "10m" },
        healthcheck: healthcheck(args.health),
        wait: true,
        // Plane's api needs longer than the provider's 60 s on a small host (contracts/pulumi).
        waitTimeout: 300,
        // Unset, the provider kills at once when it removes a container: databases want to close their files.
        destroyGraceSeconds: 20,
        labels: [
          ...ownLabels(this.config),
          ...Object.entries(args.labels ?? {})
            .sort()
            .map(([label, value]) => ({ label, value })),
        ],
        networksAdvanced: args.networks.map((network) => ({ name: network, aliases })),
        volumes: [
          ...(args.volumes ?? []).map(({ volume, path, ...more }) => ({
            ...{ volumeName: volume, containerPath: path },
            ...more,
          })),
          ...Object.entries(args.writable ?? {})
            .sort()
            .map(([hostPath, containerPath]) => ({ hostPath, containerPath })),
          ...mounts.map(([hostPath, containerPath]) => ({ hostPath, containerPath, readOnly: true })),
        ],
        ports: args.ports?.map(({ internal, external, address }) => ({ internal, external, ip: address })),
        hosts: args.hosts,
      },
      {
        deleteBeforeReplace: true,
        // The provider only notes a changed health check, without telling the container.
        replaceOnChanges: ["healthcheck"],
        hooks: this.claims.container,
        ...options,
      },
    );
    this.containers.push(container);
    this.attachments[name] = all(args.networks).apply((networks) =>
      Object.fromEntries([...networks].sort().map((network) => [network, aliases])),
    );
    return container;
  }

  /** A container without network and with a root that it cannot write: all that it works with is mounted. */
  apart(args: ApartArgs, options: CustomResourceOptions & { parent: ComponentResource }): docker.Container {
    return new docker.Container(
      args.name.replaceAll("_", "-"),
      {
        name: nameOf(this.config.prefix, args.name),
        image: args.image,
        entrypoints: args.entrypoint,
        command: args.command,
        user: args.user,
        groupAdds: args.groups,
        memory: args.memory,
        memorySwap: args.memory * 2,
        cpus: String(args.cpus),
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        restart: "unless-stopped",
        logDriver: "json-file",
        logOpts: { "max-file": "3", "max-size": "10m" },
        networkMode: "none",
        readOnly: true,
        labels: [
          ...ownLabels(this.config),
          ...Object.entries(args.labels)
            .sort()
            .map(([label, value]) => ({ label, value })),
        ],
        volumes: args.mounts.map(({ source, target, readOnly }) => ({
          hostPath: source,
          containerPath: target,
          readOnly,
        })),
      },
      { deleteBeforeReplace: true, hooks: this.claims.container, ...options },
    );
  }

  /** A network of the embedded platform. */
  network(
    name: string,
    args: { subnet: string; internal: boolean },
    options: CustomResourceOptions & { parent: ComponentResource },
  ): docker.Network {
    return new docker.Network(
      `network-${name}`,
      {
        name: nameOf(this.config.prefix, name),
        internal: args.internal,
        ipamConfigs: [{ subnet: args.subnet }],
        labels: ownLabels(this.config),
      },
      { deleteBeforeReplace: true, hooks: this.claims.network, ...options },
    );
  }

  /** A named volume; it outlives the stack unless `platform:protect` is off. */
  volume(name: string, options: CustomResourceOptions & { parent: ComponentResource }): docker.Volume {
    const { protect } = this.config;
    return new docker.Volume(
      `volume-${name.replaceAll("_", "-")}`,
      { name: nameOf(this.config.prefix, name), labels: ownLabels(this.config) },
      {
        deleteBeforeReplace: true,
        protect,
        retainOnDelete: protect,
        // A volume never changes its owner by being made anew: that would lose the data.
        ignoreChanges: ["labels"],
        ...options,
      },
    );
  }

  /** An image's id; pulled once when it is not there, left on the host afterwards. */
  image(reference: string, options: CustomResourceOptions & { parent: ComponentResource }): Output<string> {
    const repository = reference.slice(0, reference.lastIndexOf(":"));
    const known = this.images.get(reference);
    const image =
      known ??
      new docker.RemoteImage(
        repository.replaceAll("/", "-"),
        { name: reference, keepLocally: true },
        options,
      );
    this.images.set(reference, image);
    return image.imageId;
  }

  /**
   * Sees and mends what the docker provider is blind to, for all containers since the last call in one look: what is
   * made early must be mended before what needs it, so it does not wait for what is made late.
   */
  wire(name = "wiring"): ContainerWiring {
    const { containers, attachments } = this;
    this.wired.push(...Object.keys(attachments));
    [this.containers, this.attachments] = [[], {}];
    return new ContainerWiring(
      name,
      { host: this.config.docker, containers: all(attachments) },
      { dependsOn: containers },
    );
  }

  /** Names of all containers so far, sorted. */
  get names(): string[] {
    return [...this.wired, ...Object.keys(this.attachments)].sort();
  }
}

/** `KEY=value` lines, sorted: the order is an input. */
export function environmentList(environment: Record<string, Input<string>>): Output<string[]> {
  return output(environment).apply((values) =>
    Object.entries(values)
      .map(([key, value]) => `${key}=${value}`)
      .sort(),
  );
}

function healthcheck({ command, interval = 10, startPeriod = 60 }: HealthCheck) {
  return {
    tests: typeof command === "string" ? ["CMD-SHELL", command] : ["CMD", ...command],
    interval: `${interval}s`,
    timeout: "8s",
    retries: 3,
    startPeriod: startPeriod % 60 === 0 ? `${startPeriod / 60}m0s` : `${startPeriod}s`,
  };
}
