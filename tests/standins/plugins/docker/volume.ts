import type { ResourceHandler } from "../plugin.ts";
import type { ResourceSpec } from "../schema.ts";
import type { Properties } from "../values.ts";
import { difference } from "./difference.ts";
import { engine, engineWords, found, isNotFound, told } from "./engine.ts";
import { autoName, labelsToMap, mapToLabels } from "./lists.ts";

interface Seen {
  Name: string;
  Driver: string;
  Mountpoint: string;
  Labels: Record<string, string> | null;
  Options: Record<string, string> | null;
}

/** How long a removal waits for the last container to let go. */
const IN_USE_TIMEOUT_MS = 30_000;

export function volumes(spec: ResourceSpec): ResourceHandler {
  return {
    check(inputs, oldInputs, target) {
      autoName(inputs, oldInputs, target.name);
      if (inputs.cluster === undefined) return [];
      return [{ property: "cluster", reason: "cluster is not done by the stand-in for docker" }];
    },
    diff: (state, _oldInputs, inputs) => difference(spec, { ordered: [] }, state, inputs),
    async create(inputs) {
      // The engine takes an existing volume of that name silently, and so does the official plugin.
      const seen = await told(
        "Unable to create volume",
        (await engine()).createVolume({
          Name: inputs.name as string,
          Driver: inputs.driver as string | undefined,
          DriverOpts: inputs.driverOpts as Record<string, string> | undefined,
          Labels: labelsToMap(inputs.labels),
        }),
      );
      const volume = (seen as { name?: string }).name ?? (inputs.name as string);
      return { id: volume, outputs: volumeState(await inspect(volume), inputs) };
    },
    async read(id, _inputs, state) {
      const docker = await engine();
      const seen = await found(`Unable to inspect volume ${id}`, docker.getVolume(id).inspect());
      return seen && { id: seen.Name, outputs: volumeState(seen, state) };
    },
    async delete(id) {
      const volume = (await engine()).getVolume(id);
      const deadline = Date.now() + IN_USE_TIMEOUT_MS;
      for (;;) {
        try {
          await volume.remove();
          return;
        } catch (error) {
          if (isNotFound(error)) return;
          const inUse = engineWords(error).includes("volume is in use");
          if (!inUse || Date.now() > deadline)
            throw new Error(`Unable to remove volume: ${engineWords(error)}`);
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      }
    },
  };
}

async function inspect(name: string): Promise<Seen> {
  return told(`Unable to inspect volume ${name}`, (await engine()).getVolume(name).inspect());
}

function volumeState(seen: Seen, recorded: Properties): Properties {
  return {
    ...recorded,
    name: seen.Name,
    driver: seen.Driver,
    driverOpts: seen.Options ?? {},
    labels: mapToLabels(seen.Labels),
    mountpoint: seen.Mountpoint,
  };
}
