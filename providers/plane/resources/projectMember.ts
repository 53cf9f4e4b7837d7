import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { ProjectMemberInputs } from "../projectMember.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** A person's place in a project. */
export class ProjectMember extends PlaneResource {
  /** As given: who is in the project by now. */
  declare readonly userId: Output<string>;

  constructor(name: string, args: ArgsOf<ProjectMemberInputs>, options?: CustomResourceOptions) {
    super("projectMember", "ProjectMember", name, args, options);
  }
}
