import type { PlaneOpsConfig } from "../../config.ts";
import { readFile } from "../../providers/host/file.ts";
import { type DockerHost, lastLines, run, runOrThrow } from "../../providers/host/run.ts";
import { shellQuote } from "../../providers/host/shell.ts";
import { inspectContainer } from "../../providers/openclaw/container.ts";
import { findGateway, versionOf } from "../../providers/openclaw/gateway.ts";
import { imageIdOf } from "../../providers/openclaw/image.ts";
import { listSaved, type SavedRelease, type Where } from "../../providers/openclaw/saved.ts";
import { hasTrivy } from "../../providers/openclaw/trivy.ts";
import { writerOf } from "../../providers/openclaw/writer.ts";
import { SANDBOX_IMAGE } from "../../skills/plane-bridge/overlay.ts";
import { OWNER_LABEL } from "../labels.ts";
import type { RunningGateway } from "./differences.ts";
import { openclawPlaces } from "./layout.ts";

/** What the Docker host has of OpenClaw before anything is touched. */
export interface FoundOpenclaw {
  running: {
    version: string;
    image: string;
    imageId: string;
    ours: boolean;
    /** All of it, to compare; it has secrets. */
    gateway: RunningGateway;
  } | null;
  /** When nothing runs: version that wrote the state that is there, or `unknown`; null when there is none. */
  left: string | null;
  /** Newest first. */
  saved: SavedRelease[];
  /** Why the image that is wanted cannot be had: it is not on the host, in no saved release, and in no registry. */
  imageProblem?: string;
  /** Whether the host has the image of the agents' tool sandboxes. */
  sandboxImage: boolean;
  trivy: boolean;
  /** Group of Docker's socket. */
  socketGroup: number;
  /** The docker client's program; empty when there is none. */
  client: string;
}

/** @param image that is wanted. */
export async function findOpenclaw(config: PlaneOpsConfig, image: string): Promise<FoundOpenclaw> {
  const { docker: host } = config;
  const places = openclawPlaces(config);
  const { releases } = places;
  const [running, writer, saved, trivy, { socketGroup, client }, id, sandboxId] = await Promise.all([
    findRunning(config, places),
    writerOf(host, places),
    listSaved(host, releases),
    hasTrivy(host),
    clientOf(host),
    imageIdOf(host, image),
    imageIdOf(host, SANDBOX_IMAGE),
  ]);
  const isThere = id !== undefined || saved.some((each) => each.image === image && each.imageArchive);
  const imageProblem = isThere ? undefined : await pullProblem(host, image);
  return {
    ...{
      running,
      left: running ? null : (writer?.version ?? null),
      saved,
      trivy,
      socketGroup,
      client,
      sandboxImage: sandboxId !== undefined,
    },
    ...(imageProblem !== undefined && { imageProblem }),
  };
}

/** Seconds for a registry to say whether it has an image. */
const REGISTRY_SECONDS = 20;

/** Asks the registry without pulling anything: a preview touches nothing. */
async function pullProblem(host: DockerHost, image: string): Promise<string | undefined> {
  const script = `timeout ${REGISTRY_SECONDS} docker manifest inspect ${shellQuote(image)} > /dev/null`;
  const { code, stderr } = await run(host, script);
  if (code === 0) return undefined;
  return lastLines(stderr, 1) || `no answer within ${REGISTRY_SECONDS} s`;
}

async function findRunning(
  { docker: host, owner }: PlaneOpsConfig,
  { container, configFile }: Pick<Where, "container" | "configFile">,
): Promise<FoundOpenclaw["running"]> {
  const found = await findGateway(host, container);
  const gateway = await runningGateway(host, container, configFile);
  if (found === undefined || gateway === undefined) return null;
  const { image, imageId } = found;
  const ours = gateway.container.Config.Labels?.[OWNER_LABEL] === owner;
  return { version: await versionOf(host, found), image, imageId, ours, gateway };
}

/** A gateway's container with what it was given; undefined when there is none. */
export async function runningGateway(
  host: DockerHost,
  name: string,
  configFile: string,
): Promise<RunningGateway | undefined> {
  const container = await inspectContainer(host, name);
  if (container === undefined) return undefined;
  const [{ stdout }, configuration] = await Promise.all([
    run(host, `docker image inspect --format '{{json .Config.Env}}' ${shellQuote(container.Image)}`),
    readFile(host, configFile),
  ]);
  // An image that was removed by force leaves nothing to tell by.
  const imageEnvironment = (JSON.parse(stdout.trim() || "null") ?? []) as string[];
  return { container, imageEnvironment, configuration };
}

async function clientOf(host: DockerHost): Promise<Pick<FoundOpenclaw, "socketGroup" | "client">> {
  const script =
    'stat -L -c %g /var/run/docker.sock 2>/dev/null || echo 0; readlink -f "$(command -v docker)" || echo';
  const [group = "0", client = ""] = (await runOrThrow(host, "looking at Docker's socket", script)).split(
    "\n",
  );
  return { socketGroup: Number(group), client };
}
