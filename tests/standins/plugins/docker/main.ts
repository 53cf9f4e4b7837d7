import type { FunctionHandler, Plugin } from "../plugin.ts";
import type { PackageSchema } from "../schema.ts";
import schemaJson from "../schemas/docker.json" with { type: "json" };
import { serve } from "../serve.ts";
import { containers } from "./container.ts";
import { configureEngine } from "./engine.ts";
import { getRemoteImage, remoteImages, tags } from "./image.ts";
import { getNetwork, networks } from "./network.ts";
import { volumes } from "./volume.ts";

const schema = schemaJson as unknown as PackageSchema;

const spec = (token: string) => {
  const found = schema.resources[token];
  if (!found) throw new Error(`the docker schema lacks ${token}`);
  return found;
};

const functions: Record<string, FunctionHandler> = {
  "docker:index/getNetwork:getNetwork": getNetwork,
  "docker:index/getRemoteImage:getRemoteImage": getRemoteImage,
};

const plugin: Plugin = {
  schema,
  // The SDK came out once more without a change of the schema.
  version: "5.2.0",
  configure: configureEngine,
  functions,
  resources: {
    "docker:index/container:Container": containers(spec("docker:index/container:Container")),
    "docker:index/network:Network": networks(spec("docker:index/network:Network")),
    "docker:index/remoteImage:RemoteImage": remoteImages(spec("docker:index/remoteImage:RemoteImage")),
    "docker:index/tag:Tag": tags(spec("docker:index/tag:Tag")),
    "docker:index/volume:Volume": volumes(spec("docker:index/volume:Volume")),
  },
};

void serve(plugin);
