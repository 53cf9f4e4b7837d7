import { type DockerHost, HostError, lastLines, run } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import { restoreImage } from "./restore.ts";
import { listSaved } from "./saved.ts";

/** 600 MB over a slow line. */
const PULL_SECONDS = 1800;

/**
 * Sees to it that the engine has an image: the archive of an earlier release comes before the registry, because it is
 * what ran here, and needs no network.
 * @returns its id.
 * @throws HostError with the ways to get it.
 */
export async function bringImage(host: DockerHost, image: string, releases: string): Promise<string> {
  const there = await imageIdOf(host, image);
  if (there !== undefined) return there;
  const saved = (await listSaved(host, releases)).find((each) => each.image === image && each.imageArchive);
  if (saved !== undefined) {
    await restoreImage(host, saved);
    return saved.imageId;
  }
  const pull = await run(host, `docker pull --quiet ${shellQuote(image)}`, { timeout: PULL_SECONDS });
  const pulled = await imageIdOf(host, image);
  if (pulled !== undefined) return pulled;
  throw new HostError(
    `the image ${image} is not on the host, in none of the releases saved in ${releases}, and cannot be pulled: ` +
      `${lastLines(pull.stderr, 2)}. Load it there (docker load --input FILE), or set openclaw:version to one that is there`,
  );
}

/** The id of an image that the engine has. */
export async function imageIdOf(host: DockerHost, image: string): Promise<string | undefined> {
  const { code, stdout } = await run(host, `docker image inspect --format '{{.Id}}' ${shellQuote(image)}`);
  return code === 0 ? stdout.trim() : undefined;
}
