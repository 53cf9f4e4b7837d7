import type { PlaneOpsConfig } from "../../config.ts";
import { type DockerHost, runOrThrow } from "../../providers/host/run.ts";
import { shellQuote } from "../../providers/host/shell.ts";
import { findGateway, versionOf } from "../../providers/openclaw/gateway.ts";
import { listSaved, type SavedRelease } from "../../providers/openclaw/saved.ts";
import { hasTrivy } from "../../providers/openclaw/trivy.ts";
import { OWNER_LABEL } from "../labels.ts";
import { openclawPlaces } from "./layout.ts";

/** What the Docker host has of OpenClaw before anything is touched. */
export interface FoundOpenclaw {
  running: { version: string; image: string; imageId: string; ours: boolean } | null;
  /** Newest first. */
  saved: SavedRelease[];
  trivy: boolean;
  /** Group of Docker's socket. */
  socketGroup: number;
  /** The docker client's program; empty when there is none. */
  client: string;
}

export async function findOpenclaw(config: PlaneOpsConfig): Promise<FoundOpenclaw> {
  const { docker: host } = config;
  const { container, releases } = openclawPlaces(config);
  const [running, saved, trivy, { socketGroup, client }] = await Promise.all([
    findRunning(config, container),
    listSaved(host, releases),
    hasTrivy(host),
    clientOf(host),
  ]);
  return { running, saved, trivy, socketGroup, client };
}

async function findRunning(
  { docker: host, owner }: PlaneOpsConfig,
  container: string,
): Promise<FoundOpenclaw["running"]> {
  const gateway = await findGateway(host, container);
  if (gateway === undefined) return null;
  const label = await runOrThrow(
    host,
    `reading whose ${container} is`,
    `docker container inspect --format '{{index .Config.Labels "${OWNER_LABEL}"}}' ${shellQuote(container)}`,
  );
  const { image, imageId } = gateway;
  return { version: await versionOf(host, gateway), image, imageId, ours: label.trim() === owner };
}

async function clientOf(host: DockerHost): Promise<Pick<FoundOpenclaw, "socketGroup" | "client">> {
  const script =
    'stat -L -c %g /var/run/docker.sock 2>/dev/null || echo 0; readlink -f "$(command -v docker)" || echo';
  const [group = "0", client = ""] = (await runOrThrow(host, "looking at Docker's socket", script)).split(
    "\n",
  );
  return { socketGroup: Number(group), client };
}
