import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { WorkItemInputs } from "../workItem.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** A work item whose existence is managed and nothing else. */
export class WorkItem extends PlaneResource {
  constructor(name: string, args: ArgsOf<WorkItemInputs>, options?: CustomResourceOptions) {
    super("workItem", "WorkItem", name, args, options);
  }
}
