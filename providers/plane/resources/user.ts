import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { UserInputs } from "../user.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** An account. Deleting the resource leaves it in Plane: Community Edition deletes nobody. */
export class User extends PlaneResource {
  constructor(name: string, args: ArgsOf<UserInputs>, options?: CustomResourceOptions) {
    super("user", "User", name, args, options, { secrets: ["person"] });
  }
}
