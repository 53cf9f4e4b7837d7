import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { LabelInputs } from "../label.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** A label of a project. */
export class Label extends PlaneResource {
  constructor(name: string, args: ArgsOf<LabelInputs>, options?: CustomResourceOptions) {
    super("label", "Label", name, args, options);
  }
}
