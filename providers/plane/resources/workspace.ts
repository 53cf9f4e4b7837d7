import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { WorkspaceResourceInputs } from "../workspace.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** The workspace (PROV-01). */
export class Workspace extends PlaneResource {
  /** As given. */
  declare readonly slug: Output<string>;

  constructor(name: string, args: ArgsOf<WorkspaceResourceInputs>, options?: CustomResourceOptions) {
    super("workspace", "Workspace", name, args, options);
  }
}
