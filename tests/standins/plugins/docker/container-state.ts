import type { ContainerInspectInfo } from "dockerode";
import type { Properties, Value } from "../values.ts";
import { formatDuration } from "./duration.ts";

const MIB = 1024 * 1024;

/**
 * What the official plugin reads back of a container. It does not read environment, labels, volumes,
 * networks, uploaded files and its own settings: those stay as they were recorded, whatever happened to them.
 *
 * @param recorded the state before, or the inputs right after the create
 */
export function containerState(seen: ContainerInspectInfo, recorded: Properties): Properties {
  const host = seen.HostConfig;
  const config = seen.Config;
  const running = seen.State.Running;
  const state: Properties = {
    ...recorded,
    bridge: (seen.NetworkSettings as { Bridge?: string }).Bridge ?? "",
    capabilities:
      (host.CapAdd?.length ?? 0) + (host.CapDrop?.length ?? 0) > 0
        ? { adds: host.CapAdd ?? [], drops: host.CapDrop ?? [] }
        : undefined,
    command: config.Cmd ?? [],
    cpuSet: host.CpusetCpus,
    cpuShares: host.CpuShares,
    cpus: host.NanoCpus ? String(host.NanoCpus / 1e9) : recorded.cpus,
    dns: host.Dns,
    dnsOpts: host.DnsOptions,
    dnsSearches: host.DnsSearch,
    domainname: config.Domainname,
    entrypoints: entrypoints(config.Entrypoint),
    envs: recorded.envs ?? [],
    groupAdds: host.GroupAdd,
    hostname: config.Hostname,
    hosts: (host.ExtraHosts as string[] | null)?.map((entry) => {
      const colon = entry.indexOf(":");
      return { host: entry.slice(0, colon), ip: entry.slice(colon + 1) };
    }),
    image: String(recorded.image).startsWith("sha256:") ? seen.Image : config.Image,
    init: host.Init ?? false,
    ipcMode: host.IpcMode,
    labels: recorded.labels ?? [],
    logDriver: host.LogConfig?.Type,
    logOpts: recorded.logOpts ? host.LogConfig?.Config : undefined,
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount,
    memory: Math.floor((host.Memory ?? 0) / MIB),
    memoryReservation: Math.floor((host.MemoryReservation ?? 0) / MIB),
    memorySwap: mebibytes(host.MemorySwap),
    mounts: mounts(host.Mounts),
    name: seen.Name.replace(/^\//, ""),
    networkDatas: networkDatas(seen),
    networkMode: host.NetworkMode,
    platform: seen.Platform,
    privileged: host.Privileged,
    publishAllPorts: host.PublishAllPorts,
    readOnly: host.ReadonlyRootfs,
    restart: host.RestartPolicy?.Name,
    rm: host.AutoRemove,
    runtime: host.Runtime,
    securityOpts: host.SecurityOpt ?? [],
    shmSize: Math.floor((host.ShmSize ?? 0) / MIB),
    stdinOpen: config.OpenStdin,
    stopSignal: (config as { StopSignal?: string }).StopSignal ?? "",
    stopTimeout: (config as { StopTimeout?: number }).StopTimeout ?? 0,
    storageOpts: host.StorageOpt,
    sysctls: host.Sysctls,
    tmpfs: host.Tmpfs,
    tty: config.Tty,
    user: config.User,
    usernsMode: host.UsernsMode,
    workingDir: config.WorkingDir,
  };
  if (recorded.ports && (running || recorded.mustRun)) state.ports = ports(seen);
  if (recorded.pidMode) state.pidMode = host.PidMode;
  if (recorded.ulimits) {
    state.ulimits = (host.Ulimits ?? []).map(({ Name, Soft, Hard }) => ({
      name: Name,
      soft: Soft,
      hard: Hard,
    }));
  }
  if (config.Healthcheck) {
    const check = config.Healthcheck;
    state.healthcheck = {
      tests: check.Test,
      interval: formatDuration(check.Interval),
      timeout: formatDuration(check.Timeout),
      startPeriod: formatDuration(check.StartPeriod),
      startInterval: "0s",
      retries: check.Retries ?? 0,
    };
  }
  if (!running) {
    state.exitCode = seen.State.ExitCode;
    if (recorded.mustRun) state.mustRun = false;
  }
  return state;
}

function entrypoints(value: string | string[] | undefined | null): string[] {
  if (!value) return [];
  return Array.isArray(value) ? value : [value];
}

/** The engine's bytes in MiB; -1 (no limit) stays. */
export function mebibytes(bytes: number | undefined): number {
  return bytes && bytes > 0 ? Math.floor(bytes / MIB) : (bytes ?? 0);
}

function mounts(seen: ContainerInspectInfo["HostConfig"]["Mounts"]): Value {
  return (seen ?? []).map((mount) => ({
    type: mount.Type,
    target: mount.Target,
    source: mount.Source ?? "",
    readOnly: mount.ReadOnly ?? false,
    bindOptions: mount.BindOptions && { propagation: mount.BindOptions.Propagation },
    volumeOptions: mount.VolumeOptions && {
      noCopy: mount.VolumeOptions.NoCopy ?? false,
      labels: Object.entries(mount.VolumeOptions.Labels ?? {}).map(([label, value]) => ({ label, value })),
      driverName: mount.VolumeOptions.DriverConfig?.Name ?? "",
      driverOptions: mount.VolumeOptions.DriverConfig?.Options ?? {},
    },
    tmpfsOptions: mount.TmpfsOptions && {
      sizeBytes: mount.TmpfsOptions.SizeBytes ?? 0,
      mode: mount.TmpfsOptions.Mode ?? 0,
    },
  }));
}

/** What is really published, by the port inside: nothing on an internal network, whatever was asked for. */
function ports(seen: ContainerInspectInfo): Value {
  const published = Object.entries(seen.NetworkSettings.Ports ?? {}).flatMap(([key, bindings]) => {
    const [internal, protocol = "tcp"] = key.split("/");
    return (bindings ?? []).map((binding) => ({
      internal: Number(internal),
      external: Number(binding.HostPort),
      ip: binding.HostIp,
      protocol,
    }));
  });
  return published.sort((left, right) => left.internal - right.internal);
}

function networkDatas(seen: ContainerInspectInfo): Value {
  const networks = Object.entries(seen.NetworkSettings.Networks ?? {});
  return networks
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([networkName, network]) => ({
      networkName,
      ipAddress: network.IPAddress,
      ipPrefixLength: network.IPPrefixLen,
      gateway: network.Gateway,
      globalIpv6Address: network.GlobalIPv6Address,
      globalIpv6PrefixLength: network.GlobalIPv6PrefixLen,
      ipv6Gateway: network.IPv6Gateway,
      macAddress: network.MacAddress,
    }));
}
