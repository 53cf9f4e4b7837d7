import { type CustomResourceOptions, dynamic, type Input } from "@pulumi/pulumi";
import type { DockerHost } from "../providers/host/run.ts";
import { providerAt } from "../providers/stub.ts";

export interface MountedFilesArgs {
  host: Input<DockerHost>;
  /** Absolute path on the host to content; world-readable, so nothing secret. */
  files: Record<string, string>;
}

/** Files of the Docker host that containers mount: there before a container starts, and as they are wanted. */
export class MountedFiles extends dynamic.Resource {
  constructor(name: string, args: MountedFilesArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/mounted-files/mountedFiles.ts"),
      name,
      { ...args },
      options,
      "planeops",
      "MountedFiles",
    );
  }
}
