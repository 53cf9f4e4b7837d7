import { spawn } from "node:child_process";
import type Docker from "dockerode";

/** The label that marks an image as ours: the hash of everything it was built from. */
export const STANDIN_LABEL = "io.javisi.standin";
/** The label that says in words what is inside. */
export const HOLDS_LABEL = "io.javisi.standin.holds";

/** The image behind a reference, or undefined when the engine has none. */
export async function findImage(
  docker: Docker,
  reference: string,
): Promise<{ standin: string | undefined } | undefined> {
  try {
    const found = await docker.getImage(reference).inspect();
    return { standin: found.Config?.Labels?.[STANDIN_LABEL] };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** Builds the context folder into `reference`; the tag moves only when the build has succeeded. */
export async function buildImage(
  docker: Docker,
  context: string,
  reference: string,
  base: string | undefined,
  labels: Record<string, string>,
): Promise<void> {
  const tar = spawn("tar", ["-C", context, "--numeric-owner", "--exclude=./rootfs", "-cf", "-", "."], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output = await docker.buildImage(tar.stdout as unknown as NodeJS.ReadableStream, {
    t: reference,
    labels,
    rm: true,
    forcerm: true,
    networkmode: "none",
    ...(base === undefined ? {} : { buildargs: { BASE: base } }),
  });
  const events: { error?: string; stream?: string }[] = await new Promise((resolve, reject) => {
    docker.modem.followProgress(output, (error, all) => (error ? reject(error) : resolve(all)));
  });
  const failed = events.find((event) => event.error !== undefined);
  if (failed?.error !== undefined) {
    const last = events
      .map((event) => event.stream?.trim() ?? "")
      .filter(Boolean)
      .slice(-5)
      .join("\n  ");
    throw new Error(`building ${reference} failed: ${failed.error}\n  ${last}`);
  }
}

/** Removes stand-ins that lost their tag to a newer build, unless a container still uses them. */
export async function dropUntagged(docker: Docker): Promise<void> {
  const filters = { dangling: ["true"], label: [STANDIN_LABEL] };
  for (const { Id } of await docker.listImages({ filters })) await docker.getImage(Id).remove().catch(gone);
}

/** Takes a tag away; the image goes too when nothing else needs it. */
export async function dropTag(docker: Docker, tag: string): Promise<void> {
  await docker.getImage(tag).remove().catch(gone);
}

/** Not there any more, or in use: both are fine for one who tidies up. */
function gone(error: { statusCode?: number }): undefined {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}
