import { type DockerHost, HostError, lastLines, placeOf, run, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import { versionOfImage } from "./imageVersion.ts";

/** Says on a container of ours which OpenClaw runs in it. */
export const VERSION_LABEL = "io.javisi.openclaw.version";

/** The gateway's container, as far as archives need to know it. */
export interface Gateway {
  name: string;
  imageId: string;
  /** Reference by which people know the image; its id when there is none. */
  image: string;
  running: boolean;
  /** {@link VERSION_LABEL} of the container, empty when it has none. */
  label: string;
}

const FORMAT =
  '{{.Image}} {{.Config.Image}} {{or .State.Running .State.Restarting}} {{index .Config.Labels "io.javisi.openclaw.version"}}';

/** What is known of a container; undefined when there is none of that name. */
export async function findGateway(host: DockerHost, name: string): Promise<Gateway | undefined> {
  const outcome = await run(
    host,
    `docker container inspect --format ${shellQuote(FORMAT)} ${shellQuote(name)}`,
  );
  if (outcome.code !== 0) {
    if (/No such container/i.test(outcome.stderr)) return undefined;
    throw new HostError(`inspecting ${name} failed on ${placeOf(host)}: ${lastLines(outcome.stderr, 3)}`);
  }
  const [imageId = "", created = "", running, ...label] = outcome.stdout.trim().split(" ");
  return {
    name,
    imageId,
    image: created.startsWith("sha256:") ? await referenceOf(host, imageId) : created,
    running: running === "true",
    label: label.join(" ").replace("<no value>", ""),
  };
}

/** The OpenClaw version that a container has, `unknown` when neither its label nor its image tells. */
export async function versionOf(host: DockerHost, { label, imageId }: Gateway): Promise<string> {
  return label || ((await versionOfImage(host, imageId)) ?? "unknown");
}

/** Stops a gateway, with time to close its files. */
export async function stopGateway(host: DockerHost, name: string): Promise<void> {
  await runOrThrow(host, `stopping ${name}`, `docker stop --time 20 ${shellQuote(name)} > /dev/null`);
}

export async function startGateway(host: DockerHost, name: string): Promise<void> {
  await runOrThrow(host, `starting ${name}`, `docker start ${shellQuote(name)} > /dev/null`);
}

/**
 * The agents' sandboxes whose files lie in a gateway's folder: they run beside the gateway, outlive it, and write
 * there. OpenClaw starts or makes one again when an agent needs it.
 */
export async function sandboxesIn(host: DockerHost, folder: string): Promise<string[]> {
  // In one look: a sandbox of another gateway's may be gone before a second one.
  const lines = await runOrThrow(
    host,
    "looking for sandboxes",
    "docker ps --all --no-trunc --filter label=openclaw.sandbox=1 --format '{{.Names}}\\t{{.Mounts}}'",
  );
  return lines.split("\n").flatMap((line) => {
    const [name = "", sources = ""] = line.split("\t");
    return sources.split(",").some((source) => source.startsWith(`${folder}/`)) ? [name] : [];
  });
}

async function referenceOf(host: DockerHost, imageId: string): Promise<string> {
  const tags = await run(
    host,
    `docker image inspect --format '{{join .RepoTags "\\n"}}' ${shellQuote(imageId)}`,
  );
  return tags.stdout.split("\n").find((tag) => tag !== "" && !tag.startsWith("openclaw:backup-")) ?? imageId;
}
