import { readFileSync } from "node:fs";
import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import type { Properties } from "../values.ts";
import { parseDuration } from "./duration.ts";
import { labelsToMap } from "./lists.ts";

const MIB = 1024 * 1024;

interface Mount {
  type: "bind" | "volume" | "tmpfs";
  target: string;
  source?: string;
  readOnly?: boolean;
  bindOptions?: { propagation?: string };
  volumeOptions?: {
    noCopy?: boolean;
    labels?: Properties[];
    driverName?: string;
    driverOptions?: Properties;
  };
  tmpfsOptions?: { sizeBytes?: number; mode?: number };
}

export interface Network {
  name: string;
  aliases?: string[];
  ipv4Address?: string;
  ipv6Address?: string;
  linkLocalIps?: string[];
  macAddress?: string;
  driverOpts?: string[];
}

interface Inputs {
  capabilities?: { adds?: string[]; drops?: string[] };
  devices?: { hostPath: string; containerPath?: string; permissions?: string }[];
  healthcheck?: {
    tests?: string[];
    interval?: string;
    timeout?: string;
    startPeriod?: string;
    retries?: number;
  };
  hosts?: { host: string; ip: string }[];
  mounts?: Mount[];
  ports?: { internal: number; external?: number; ip?: string; protocol?: string }[];
  ulimits?: { name: string; soft: number; hard: number }[];
  volumes?: {
    containerPath?: string;
    fromContainer?: string;
    hostPath?: string;
    readOnly?: boolean;
    selinuxRelabel?: string;
    volumeName?: string;
  }[];
  [key: string]: unknown;
}

/** Turns a Container's inputs into what the engine's create call takes. */
export function createOptions(properties: Properties): ContainerCreateOptions {
  const inputs = properties as Inputs;
  const text = (key: string) => (inputs[key] as string | undefined) || undefined;
  const number = (key: string) => (inputs[key] as number | undefined) || undefined;
  const flag = (key: string) => Boolean(inputs[key]);
  const texts = (key: string) => {
    const list = inputs[key] as string[] | undefined;
    return list && list.length > 0 ? list : undefined;
  };
  const map = (key: string) => inputs[key] as Record<string, string> | undefined;
  const mib = (key: string) => {
    const value = number(key);
    return value === undefined ? undefined : value > 0 ? value * MIB : value;
  };

  const ports = inputs.ports ?? [];
  const volumes = inputs.volumes ?? [];
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const key = `${port.internal}/${port.protocol ?? "tcp"}`;
    bindings[key] ??= [];
    bindings[key].push({ HostIp: port.ip || "0.0.0.0", HostPort: String(port.external ?? 0) });
  }
  const paths = volumes.flatMap((volume) => volume.containerPath ?? []);

  // The types lag behind the engine by this one member.
  const hostConfig: HostConfig & { CgroupnsMode?: string } = {
    AutoRemove: flag("rm"),
    Binds: volumes.flatMap(bind),
    CapAdd: inputs.capabilities?.adds,
    CapDrop: inputs.capabilities?.drops,
    CgroupParent: text("cgroupParent"),
    CgroupnsMode: text("cgroupnsMode"),
    CpuPeriod: text("cpus") ? undefined : number("cpuPeriod"),
    CpuQuota: text("cpus") ? undefined : number("cpuQuota"),
    CpuShares: number("cpuShares"),
    CpusetCpus: text("cpuSet"),
    Devices: inputs.devices?.map((device) => ({
      PathOnHost: device.hostPath,
      PathInContainer: device.containerPath || device.hostPath,
      CgroupPermissions: device.permissions || "rwm",
    })),
    Dns: texts("dns"),
    DnsOptions: texts("dnsOpts"),
    DnsSearch: texts("dnsSearches"),
    ExtraHosts: inputs.hosts?.map(({ host, ip }) => `${host}:${ip}`),
    GroupAdd: texts("groupAdds"),
    Init: flag("init"),
    IpcMode: text("ipcMode"),
    LogConfig: { Type: text("logDriver") ?? "", Config: map("logOpts") ?? {} },
    Memory: mib("memory"),
    MemoryReservation: mib("memoryReservation"),
    MemorySwap: mib("memorySwap"),
    Mounts: inputs.mounts?.map(mount),
    NanoCpus: text("cpus") ? Math.round(Number(text("cpus")) * 1e9) : undefined,
    NetworkMode: text("networkMode"),
    PidMode: text("pidMode"),
    PortBindings: bindings,
    Privileged: flag("privileged"),
    PublishAllPorts: flag("publishAllPorts"),
    ReadonlyRootfs: flag("readOnly"),
    RestartPolicy: { Name: text("restart") ?? "no", MaximumRetryCount: number("maxRetryCount") },
    Runtime: text("runtime"),
    SecurityOpt: texts("securityOpts"),
    ShmSize: mib("shmSize"),
    StorageOpt: map("storageOpts"),
    Sysctls: map("sysctls"),
    Tmpfs: map("tmpfs"),
    Ulimits: inputs.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    UsernsMode: text("usernsMode"),
    VolumesFrom: volumes.flatMap((volume) => volume.fromContainer ?? []),
  };
  return {
    name: text("name"),
    platform: text("platform"),
    Image: text("image"),
    Cmd: texts("command"),
    Domainname: text("domainname"),
    Entrypoint: texts("entrypoints"),
    Env: texts("envs"),
    ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])),
    Healthcheck: inputs.healthcheck && {
      Test: inputs.healthcheck.tests,
      Interval: parseDuration(inputs.healthcheck.interval),
      Timeout: parseDuration(inputs.healthcheck.timeout),
      StartPeriod: parseDuration(inputs.healthcheck.startPeriod),
      Retries: inputs.healthcheck.retries,
    },
    HostConfig: hostConfig,
    Hostname: text("hostname"),
    Labels: labelsToMap(properties.labels),
    OpenStdin: flag("stdinOpen"),
    StopSignal: text("stopSignal"),
    StopTimeout: number("stopTimeout"),
    Tty: flag("tty"),
    User: text("user"),
    Volumes: Object.fromEntries(paths.map((path) => [path, {}])),
    WorkingDir: text("workingDir"),
  };
}

function bind(volume: NonNullable<Inputs["volumes"]>[number]): string[] {
  const source = volume.hostPath || volume.volumeName;
  if (!source || !volume.containerPath) return [];
  const mode = [volume.readOnly ? "ro" : "rw", ...(volume.selinuxRelabel ? [volume.selinuxRelabel] : [])];
  return [`${source}:${volume.containerPath}:${mode.join(",")}`];
}

function mount(wanted: Mount): MountSettings {
  const options: Partial<MountSettings> = {};
  if (wanted.bindOptions) {
    options.BindOptions = { Propagation: wanted.bindOptions.propagation as "rprivate" };
  }
  if (wanted.volumeOptions) {
    const { noCopy, labels, driverName, driverOptions } = wanted.volumeOptions;
    options.VolumeOptions = {
      NoCopy: noCopy ?? false,
      Labels: labelsToMap(labels),
      DriverConfig: { Name: driverName ?? "", Options: (driverOptions ?? {}) as Record<string, string> },
    };
  }
  if (wanted.tmpfsOptions) {
    const { sizeBytes, mode } = wanted.tmpfsOptions;
    options.TmpfsOptions = { SizeBytes: sizeBytes ?? 0, Mode: mode ?? 0 };
  }
  return {
    Type: wanted.type,
    Target: wanted.target,
    Source: wanted.source ?? "",
    ReadOnly: wanted.readOnly ?? false,
    ...options,
  };
}

/** One file to put into a container before it starts; its owner is root. */
export interface Upload {
  file: string;
  content: Buffer;
  mode: number;
}

/** Reads the `uploads` input. Throws when an entry has no content or more than one. */
export function uploads(properties: Properties): Upload[] {
  const wanted = (properties.uploads as Record<string, string | boolean>[] | undefined) ?? [];
  return wanted.map((upload) => {
    const { content, contentBase64, source } = upload as Record<string, string>;
    const given = [content, contentBase64, source].filter(Boolean);
    if (given.length !== 1) {
      const what = given.length === 0 ? "one of" : "only one of";
      throw new Error(
        `error with upload content: ${what} 'content', 'content_base64', or 'source' must be set`,
      );
    }
    const permissions = upload.permissions as string | undefined;
    return {
      file: upload.file as string,
      content: source
        ? readFileSync(source)
        : Buffer.from(content || contentBase64 || "", content ? "utf8" : "base64"),
      mode: permissions ? Number.parseInt(permissions, 8) : upload.executable ? 0o744 : 0o644,
    };
  });
}
