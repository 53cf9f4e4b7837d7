import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { StateInputs } from "../state.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** A state of a project; `isDefault` is true for one of them. */
export class State extends PlaneResource {
  constructor(name: string, args: ArgsOf<StateInputs>, options?: CustomResourceOptions) {
    super("state", "State", name, args, options);
  }
}
