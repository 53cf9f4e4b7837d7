import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { InstanceInputs } from "../instance.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** Plane as a whole and its admin (AUTH-01). Deleting the resource changes nothing in Plane. */
export class Instance extends PlaneResource {
  constructor(name: string, args: ArgsOf<InstanceInputs>, options?: CustomResourceOptions) {
    super("instance", "Instance", name, args, options);
  }
}
