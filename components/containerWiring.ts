import { type CustomResourceOptions, dynamic, type Input } from "@pulumi/pulumi";
import type { DockerHost } from "../providers/host/run.ts";
import { providerAt } from "../providers/stub.ts";
import type { Attachments } from "../providers/wiring/wiring.ts";

export interface ContainerWiringArgs {
  host: Input<DockerHost>;
  /** Container name to its networks and the aliases it has there. */
  containers: Input<Record<string, Attachments>>;
}

/** Networks and aliases of all containers: drift that the docker provider cannot see. */
export class ContainerWiring extends dynamic.Resource {
  constructor(name: string, args: ContainerWiringArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/wiring/wiring.ts"),
      name,
      { ...args },
      options,
      "planeops",
      "ContainerWiring",
    );
  }
}
