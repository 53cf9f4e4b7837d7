import type Docker from "dockerode";
import type { ResourceHandler } from "../plugin.ts";
import type { ResourceSpec } from "../schema.ts";
import type { Properties } from "../values.ts";
import { difference } from "./difference.ts";
import { engine, engineWords, found, isNotFound, told } from "./engine.ts";

/** A pull that shows no progress for so long is given up. */
const PULL_STALL_MS = 10_000;

/** Finds an image by name or id; one that is not here is pulled. Throws when neither works. */
export async function ensureImage(docker: Docker, name: string): Promise<Docker.ImageInspectInfo> {
  const image = docker.getImage(name);
  const here = await found(`unable to inspect image ${name}`, image.inspect());
  if (here) return here;
  if (!name.startsWith("sha256:")) await pull(docker, name);
  const pulled = await found(`unable to inspect image ${name}`, image.inspect());
  if (!pulled) throw new Error(`unable to find or pull image ${name}: there is no such image on this engine`);
  return pulled;
}

async function pull(docker: Docker, name: string): Promise<void> {
  const giveUp = new AbortController();
  let stalled = false;
  const stall = setTimeout(() => {
    stalled = true;
    giveUp.abort();
  }, PULL_STALL_MS);
  try {
    const stream = await docker.pull(name, { abortSignal: giveUp.signal });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => (error ? reject(error) : resolve()),
        () => stall.refresh(),
      );
    });
  } catch (error) {
    const why = stalled ? `no progress for ${PULL_STALL_MS / 1000} seconds` : engineWords(error);
    throw new Error(
      `unable to find or pull image ${name}: it is not on this engine, and the pull failed: ${why}`,
    );
  } finally {
    clearTimeout(stall);
  }
}

export function remoteImages(spec: ResourceSpec): ResourceHandler {
  return {
    check(inputs) {
      if (inputs.build === undefined) return [];
      return [{ property: "build", reason: "build is not done by the stand-in for docker" }];
    },
    diff: (state, _oldInputs, inputs) => difference(spec, { ordered: [] }, state, inputs),
    async create(inputs) {
      const seen = await told("Unable to read Docker image into resource", find(inputs.name as string));
      return { id: seen.Id + inputs.name, outputs: imageState(seen, inputs) };
    },
    async read(_id, _inputs, state) {
      const docker = await engine();
      const name = state.name as string;
      const seen = await found(`error looking up local image "${name}"`, docker.getImage(name).inspect());
      return seen && { id: seen.Id + name, outputs: imageState(seen, state) };
    },
    async update(_id, state, inputs) {
      const seen = await told("Unable to read Docker image into resource", find(inputs.name as string));
      return imageState(seen, { ...inputs, imageId: state.imageId });
    },
    async delete(_id, state) {
      if (state.keepLocally) return;
      const image = (await engine()).getImage(state.name as string);
      await image.remove({ force: Boolean(state.forceRemove) }).catch((error) => {
        if (!isNotFound(error)) throw new Error(`Unable to remove Docker image: ${engineWords(error)}`);
      });
    },
  };
}

async function find(name: string): Promise<Docker.ImageInspectInfo> {
  return ensureImage(await engine(), name);
}

function imageState(seen: Docker.ImageInspectInfo, recorded: Properties): Properties {
  return { ...recorded, imageId: seen.Id, repoDigest: repoDigest(recorded.name as string, seen) };
}

function repoDigest(name: string, seen: Docker.ImageInspectInfo): string {
  const repository = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return (seen.RepoDigests ?? []).find((digest) => digest.startsWith(`${repository}@`)) ?? "";
}

/** The function `getRemoteImage`: an image that is on the engine, never pulled. */
export async function getRemoteImage(args: Properties): Promise<Properties> {
  const name = args.name as string;
  const docker = await engine();
  const seen = await found(`error looking up local image "${name}"`, docker.getImage(name).inspect());
  if (!seen) throw new Error(`did not find docker image '${name}'`);
  return { id: seen.Id, name, repoDigest: repoDigest(name, seen) };
}

export function tags(spec: ResourceSpec): ResourceHandler {
  return {
    diff: (state, _oldInputs, inputs) => difference(spec, { ordered: [] }, state, inputs),
    async create(inputs) {
      const source = inputs.sourceImage as string;
      const target = inputs.targetImage as string;
      const docker = await engine();
      const seen = await told("failed to inspect local image", docker.getImage(source).inspect());
      const [repo, tag] = splitTag(target);
      await told("failed to tag docker image", docker.getImage(source).tag({ repo, tag }));
      return { id: `${source}.${target}`, outputs: { ...inputs, sourceImageId: seen.Id } };
    },
    async read(id, _inputs, state) {
      const docker = await engine();
      const target = state.targetImage as string;
      const seen = await found("failed to inspect target image", docker.getImage(target).inspect());
      return seen && { id, outputs: state };
    },
    // Removing the resource leaves both images and the tag, as the official plugin does.
    async delete() {},
  };
}

function splitTag(name: string): [string, string] {
  const match = /^(.*):([^/:]+)$/.exec(name);
  return match ? [match[1] as string, match[2] as string] : [name, "latest"];
}
