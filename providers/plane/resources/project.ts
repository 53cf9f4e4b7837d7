import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { ProjectResourceInputs } from "../project.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** A project. Its id is Plane's. */
export class Project extends PlaneResource {
  constructor(name: string, args: ArgsOf<ProjectResourceInputs>, options?: CustomResourceOptions) {
    super("project", "Project", name, args, options);
  }
}
