import type Docker from "dockerode";
import type { ContainerInspectInfo } from "dockerode";
import { MadeButFailed, type ResourceHandler } from "../plugin.ts";
import type { CheckFailure, ResourceSpec } from "../schema.ts";
import { hasUnknown, type Properties } from "../values.ts";
import { CONTAINER_DEFAULTS, CONTAINER_NOT_DONE } from "./container-defaults.ts";
import { containerState, mebibytes } from "./container-state.ts";
import { type DifferenceRules, difference } from "./difference.ts";
import { parseDuration } from "./duration.ts";
import { engine, engineWords, found, isNotFound, told } from "./engine.ts";
import { autoName } from "./lists.ts";

const RULES: DifferenceRules = {
  ordered: ["command", "entrypoints", "ports", "healthcheck"],
  assumed: { ports: { ip: "0.0.0.0", protocol: "tcp" }, devices: { permissions: "rwm" } },
  chosenByEngine: { ports: ["external"] },
  // The image's own user and directory show where the program names none.
  keptWhenAbsent: ["user", "workingDir"],
};

/** Changes that the engine makes to a living container. Every other in-place change is only recorded. */
const UPDATABLE = [
  "cpuSet",
  "cpuShares",
  "maxRetryCount",
  "memory",
  "memoryReservation",
  "memorySwap",
  "restart",
];

const WAIT_STEP_MS = 300;

export function containers(spec: ResourceSpec): ResourceHandler {
  return {
    check(inputs, oldInputs, target) {
      for (const [key, value] of Object.entries(CONTAINER_DEFAULTS)) inputs[key] ??= value;
      autoName(inputs, oldInputs, target.name);
      return checkContainer(inputs);
    },
    diff: (state, _oldInputs, inputs) => difference(spec, RULES, withDurations(state), withDurations(inputs)),
    create: createContainer,
    read: readContainer,
    update: updateContainer,
    delete: deleteContainer,
  };
}

/** "0s" is what no duration means. */
function withDurations(properties: Properties): Properties {
  const check = properties.healthcheck as Properties | undefined;
  if (!check || typeof check !== "object") return properties;
  const kept = Object.entries(check).filter(([, value]) => value !== "0s");
  return { ...properties, healthcheck: Object.fromEntries(kept) };
}

function checkContainer(inputs: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const fail = (property: string, reason: string) =>
    failures.push({ property, reason: `${property} ${reason}` });
  for (const property of CONTAINER_NOT_DONE) {
    if (inputs[property] !== undefined) fail(property, "is not done by the stand-in for docker");
  }
  if (
    !hasUnknown(inputs.restart) &&
    !/^(no|on-failure|always|unless-stopped)$/.test(String(inputs.restart))
  ) {
    fail("restart", "must be no, on-failure, always or unless-stopped");
  }
  for (const property of ["memory", "memoryReservation", "shmSize", "cpuShares"]) {
    const value = inputs[property];
    if (typeof value === "number" && value < 0) fail(property, "must be 0 or more");
  }
  if (typeof inputs.memorySwap === "number" && inputs.memorySwap < -1)
    fail("memorySwap", "must be -1 or more");
  if (typeof inputs.cpus === "string" && !hasUnknown(inputs.cpus) && !/^\d+(\.\d+)?$/.test(inputs.cpus)) {
    fail("cpus", 'must be a number like "0.5"');
  }
  for (const [member, value] of Object.entries((inputs.healthcheck as Properties | undefined) ?? {})) {
    if (typeof value !== "string" || hasUnknown(value)) continue;
    try {
      parseDuration(value);
    } catch (error) {
      fail(`healthcheck.${member}`, (error as Error).message);
    }
  }
  for (const [index, volume] of listOf(inputs.volumes)) {
    if (
      typeof volume.hostPath === "string" &&
      !hasUnknown(volume.hostPath) &&
      !volume.hostPath.startsWith("/")
    ) {
      fail(`volumes[${index}].hostPath`, "must be an absolute path");
    }
    if (!volume.containerPath && !volume.fromContainer) {
      fail(`volumes[${index}]`, "volume entry without container path or source container");
    }
  }
  for (const [index, mount] of listOf(inputs.mounts)) {
    if (!hasUnknown(mount.type) && !/^(bind|volume|tmpfs)$/.test(String(mount.type))) {
      fail(`mounts[${index}].type`, "must be bind, volume or tmpfs");
    }
  }
  return failures;
}

function listOf(value: unknown): [number, Properties][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, index) =>
    typeof item === "object" && item ? [[index, item as Properties]] : [],
  );
}

async function createContainer(inputs: Properties): Promise<{ id: string; outputs: Properties }> {
  const docker = await engine();
  const image = inputs.image as string;
  const { ensureImage } = await import("./image.ts");
  await ensureImage(docker, image).catch((error) => {
    throw new Error(`Unable to create container with image ${image}: ${engineWords(error)}`);
  });
  const { createOptions } = await import("./container-create.ts");
  const container = await told("Unable to create container", docker.createContainer(createOptions(inputs)));
  const id = container.id;
  try {
    await connectNetworks(docker, container, inputs);
    await putUploads(container, inputs);
    const logs = await startAndWait(container, inputs);
    const seen = await container.inspect();
    return { id, outputs: containerState(seen, { ...inputs, ...logs }) };
  } catch (error) {
    // It exists: recording it lets the next run go on from there and `destroy` remove it.
    throw new MadeButFailed(engineWords(error), { id, outputs: inputs });
  }
}

async function connectNetworks(
  docker: Docker,
  container: Docker.Container,
  inputs: Properties,
): Promise<void> {
  const networks = (inputs.networksAdvanced as import("./container-create.ts").Network[] | undefined) ?? [];
  if (networks.length === 0) return;
  await docker
    .getNetwork("bridge")
    .disconnect({ Container: container.id })
    .catch((error) => {
      if (!engineWords(error).includes("is not connected to")) {
        throw new Error(`Unable to disconnect the default network: ${engineWords(error)}`);
      }
    });
  for (const network of networks) {
    await told(
      `Unable to connect to network '${network.name}'`,
      docker.getNetwork(network.name).connect({
        Container: container.id,
        EndpointConfig: {
          Aliases: network.aliases,
          IPAMConfig: {
            IPv4Address: network.ipv4Address,
            IPv6Address: network.ipv6Address,
            LinkLocalIPs: network.linkLocalIps,
          },
          MacAddress: network.macAddress,
          DriverOpts: Object.fromEntries(
            (network.driverOpts ?? []).map((option) => option.split(/=(.*)/s, 2)),
          ),
        },
      }),
    );
  }
}

async function putUploads(container: Docker.Container, inputs: Properties): Promise<void> {
  if (!inputs.uploads) return;
  const { uploads } = await import("./container-create.ts");
  const { tarOf } = await import("./tar.ts");
  await told("Unable to upload volume content", container.putArchive(tarOf(uploads(inputs)), { path: "/" }));
}

async function startAndWait(container: Docker.Container, inputs: Properties): Promise<Properties> {
  if (!inputs.start) return {};
  await told("Unable to start container", container.start());
  if (inputs.wait) await waitHealthy(container, inputs);
  if (!inputs.attach) return {};
  await told("Unable to wait container end of execution", container.wait());
  return inputs.logs ? { containerLogs: await logsOf(container, Boolean(inputs.tty)) } : {};
}

async function waitHealthy(container: Docker.Container, inputs: Properties): Promise<void> {
  const seconds = inputs.waitTimeout as number;
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = await told("error inspecting container state", container.inspect());
    if (!seen.State.Health) {
      throw new Error(
        "you have supplied a 'wait' argument, but the container does not have a healthcheck defined. " +
          "Please remove the 'wait' argument or add a 'healthcheck' attribute",
      );
    }
    if (seen.State.Health.Status === "healthy") return;
    if (Date.now() > deadline) throw new Error(await notHealthy(container, seen, inputs));
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP_MS));
  }
}

async function notHealthy(
  container: Docker.Container,
  seen: ContainerInspectInfo,
  inputs: Properties,
): Promise<string> {
  const logs = await logsOf(container, Boolean(inputs.tty), 10).catch(() => "");
  const check = seen.State.Health?.Log?.at(-1)?.Output?.trim();
  return [
    `container ${inputs.name} failed to be in healthy state in ${inputs.waitTimeout} seconds: ` +
      `it is ${seen.State.Status} and ${seen.State.Health?.Status}, exit code ${seen.State.ExitCode}`,
    check ? `last health check: ${check}` : "its health check never ran to an end",
    logs ? `last log lines:\n${logs.trimEnd()}` : "it logged nothing",
  ].join("\n");
}

async function logsOf(container: Docker.Container, tty: boolean, tail?: number): Promise<string> {
  const logs = await container.logs({ stdout: true, stderr: true, ...(tail ? { tail } : {}) });
  if (tty) return logs.toString("utf8");
  const parts: Buffer[] = [];
  // Each frame has a header of eight bytes; the last four are its length.
  for (let at = 0; at + 8 <= logs.length; ) {
    const length = logs.readUInt32BE(at + 4);
    parts.push(logs.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString("utf8");
}

async function readContainer(
  id: string,
  _inputs: Properties,
  state: Properties,
): Promise<{ id: string; outputs: Properties } | undefined> {
  const docker = await engine();
  const seen = await found(`Unable to inspect container ${id}`, docker.getContainer(id).inspect());
  // The official plugin asks by the full id: a name that another container has taken over is not ours.
  if (!seen || (seen.Id !== id && Object.keys(state).length > 0)) return undefined;
  return { id: seen.Id, outputs: containerState(seen, state) };
}

async function updateContainer(id: string, state: Properties, inputs: Properties): Promise<Properties> {
  const container = (await engine()).getContainer(id);
  if (state.mustRun === false && inputs.mustRun === true && inputs.start) {
    await told("Unable to start container", container.start());
  }
  const next = recorded(state, inputs);
  if (UPDATABLE.some((key) => (state[key] || undefined) !== (inputs[key] || undefined))) {
    const bytes = (key: string) => {
      const value = (inputs[key] as number | undefined) ?? 0;
      return value > 0 ? value * 1024 * 1024 : value;
    };
    const change = {
      CpuShares: inputs.cpuShares ?? 0,
      CpusetCpus: inputs.cpuSet ?? "",
      Memory: bytes("memory"),
      MemoryReservation: bytes("memoryReservation"),
      MemorySwap: bytes("memorySwap"),
      RestartPolicy: { Name: inputs.restart, MaximumRetryCount: inputs.maxRetryCount ?? 0 },
    };
    await told("Unable to update a container", container.update(change));
    const seen = await told(`Unable to inspect container ${id}`, container.inspect());
    next.memorySwap = mebibytes(seen.HostConfig.MemorySwap);
  }
  return next;
}

/** The state after an update: what was asked for, without what is asked for no more. */
function recorded(state: Properties, inputs: Properties): Properties {
  const next = { ...state, ...inputs };
  for (const key of UPDATABLE) {
    if (inputs[key] === undefined) delete next[key];
  }
  return next;
}

async function deleteContainer(id: string, state: Properties): Promise<void> {
  const container = (await engine()).getContainer(id);
  if (!state.attach) {
    // Without destroyGraceSeconds the official plugin gives no grace at all.
    const grace = (state.destroyGraceSeconds as number | undefined) ?? 0;
    await container.stop({ t: grace }).catch((error) => {
      if (!isNotFound(error) && (error as { statusCode?: number }).statusCode !== 304) {
        throw new Error(`Error stopping container ${id}: ${engineWords(error)}`);
      }
    });
  }
  await container.remove({ force: true, v: Boolean(state.removeVolumes) }).catch((error) => {
    if (!isNotFound(error) && !engineWords(error).includes("is already in progress")) {
      throw new Error(`Error deleting container ${id}: ${engineWords(error)}`);
    }
  });
}
