/** More than a gateway with its `docker` clients was seen to need, and an end to a fork bomb. */
const PIDS = 1024;
/** Seconds for the gateway to write what it holds. */
export const STOP_GRACE = 20;
/** Of the platform's containers: back after a restart of the engine, but for those that somebody stopped. */
export const RESTART = "unless-stopped";

/** As Docker writes it. */
export const NO_LIMIT = -1;

const MIB = 1024 * 1024;
const OWN = "own";

/** What every gateway is held in, whatever the stack asks for: platform.md's hardening, and no part of the host's. */
export interface Hardening {
  restart: string;
  /** Or {@link NO_LIMIT}. */
  pidsLimit: number;
  /** MiB, memory and swap together, or {@link NO_LIMIT}. */
  memorySwap: number;
  capDrop: string[];
  /** But for seccomp's, which a stack chooses. */
  securityOptions: string[];
  privileged: boolean;
  /** Whose processes it sees: its own, the host's, another container's. */
  pid: string;
  /** Whose shared memory, alike. */
  ipc: string;
  /** The driver, and its options. */
  logs: Record<string, string>;
  /** Ports that the host publishes: none, the gateway is reached by its networks. */
  ports: string[];
  /** Seconds. */
  stopTimeout: number;
}

/** What `docker inspect` says of it. */
export interface InspectedHardening {
  Config: { StopTimeout?: number | null };
  HostConfig: {
    RestartPolicy: { Name: string };
    PidsLimit: number | null;
    MemorySwap: number;
    CapDrop: string[] | null;
    SecurityOpt: string[] | null;
    Privileged: boolean;
    PidMode: string;
    IpcMode: string;
    LogConfig: { Type: string; Config: Record<string, string> | null };
    PortBindings: Record<string, { HostIp: string; HostPort: string }[] | null> | null;
    PublishAllPorts: boolean;
  };
}

/** @param memory MiB. */
export function hardeningOf({ memory }: { memory: number }): Hardening {
  return {
    restart: RESTART,
    pidsLimit: PIDS,
    // As much again of swap, like all our containers.
    memorySwap: memory * 2,
    capDrop: ["ALL"],
    securityOptions: ["no-new-privileges:true"],
    privileged: false,
    pid: OWN,
    ipc: OWN,
    logs: { driver: "json-file", "max-file": "3", "max-size": "10m" },
    ports: [],
    stopTimeout: STOP_GRACE,
  };
}

/** Words of `docker create`; all but the restart policy, which a gateway gets when it has proved itself. */
export function hardeningOptions(spec: { memory: number }): string[] {
  const { pidsLimit, memorySwap, capDrop, securityOptions, logs, stopTimeout } = hardeningOf(spec);
  const { driver = "", ...options } = logs;
  return [
    ...["--memory-swap", `${memorySwap}m`, "--pids-limit", String(pidsLimit)],
    ...capDrop.flatMap((capability) => ["--cap-drop", capability]),
    ...securityOptions.flatMap((option) => ["--security-opt", option]),
    ...["--log-driver", driver],
    ...Object.entries(options).flatMap(([name, value]) => ["--log-opt", `${name}=${value}`]),
    ...["--stop-timeout", String(stopTimeout)],
  ];
}

/** The hardening that a container really has. */
export function hardeningAsFound({ Config, HostConfig }: InspectedHardening): Hardening {
  const { PidsLimit, MemorySwap, IpcMode, LogConfig, PortBindings } = HostConfig;
  const published = Object.entries(PortBindings ?? {}).flatMap(([port, bindings]) =>
    (bindings ?? []).map(({ HostIp, HostPort }) => {
      // Engines differ in how they write that any will do.
      const chosen = ["", "0"].includes(HostPort) ? "any" : HostPort;
      return `${HostIp ? `${HostIp}:` : ""}${chosen} to ${port}`;
    }),
  );
  return {
    restart: HostConfig.RestartPolicy.Name || "no",
    pidsLimit: PidsLimit !== null && PidsLimit > 0 ? PidsLimit : NO_LIMIT,
    memorySwap: MemorySwap > 0 ? MemorySwap / MIB : NO_LIMIT,
    capDrop: HostConfig.CapDrop ?? [],
    securityOptions: (HostConfig.SecurityOpt ?? [])
      .filter((option) => !option.startsWith("seccomp"))
      .map((option) => (option === "no-new-privileges" ? `${option}:true` : option)),
    privileged: HostConfig.Privileged,
    pid: HostConfig.PidMode || OWN,
    // What an engine calls its default differs, and lets nobody in who is not let in by another's own mode.
    ipc: ["", "private", "shareable"].includes(IpcMode) ? OWN : IpcMode,
    logs: { driver: LogConfig.Type, ...LogConfig.Config },
    ports: HostConfig.PublishAllPorts ? ["all that the image exposes"] : published,
    stopTimeout: Config.StopTimeout ?? 10,
  };
}
