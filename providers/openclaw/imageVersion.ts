import { type DockerHost, run } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";

/** The image's own statement, in the specification of the Open Container Initiative. */
const LABEL = "org.opencontainers.image.version";
/** Of the container that is made to look into an image: what a killed run left is removed ten minutes later. */
const PROBE = "io.javisi.openclaw.probe";
const VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * The OpenClaw version in an image: the one of its package.json, which is read without running anything of the image;
 * else the one that its label states. Undefined when neither does, or the engine has no such image.
 */
export async function versionOfImage(host: DockerHost, image: string): Promise<string | undefined> {
  const reference = shellQuote(image);
  const outcome = await run(
    host,
    [
      `docker image inspect --format '{{index .Config.Labels "${LABEL}"}}' ${reference} || exit 1`,
      `docker container prune --force --filter label=${PROBE} --filter until=10m > /dev/null`,
      // Never started, so the command only has to be there; an engine asks for one.
      `probe=$(docker create --network none --label ${PROBE} ${reference} /none) || exit 0`,
      `trap 'docker rm "$probe" > /dev/null' EXIT`,
      `docker cp "$probe:/app/package.json" - | tar -xO`,
    ].join("\n"),
  );
  const [label = "", ...file] = outcome.stdout.split("\n");
  return [versionIn(file.join("\n")), label].find((text) => text !== undefined && VERSION.test(text));
}

function versionIn(packageJson: string): string | undefined {
  try {
    const { name, version } = JSON.parse(packageJson) as Record<string, unknown>;
    return name === "openclaw" && typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}
