import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { MemberInputs } from "../member.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** A person's place in the workspace. Deleting it deactivates the membership: nobody is ever deleted. */
export class Member extends PlaneResource {
  constructor(name: string, args: ArgsOf<MemberInputs>, options?: CustomResourceOptions) {
    super("member", "Member", name, args, options, { secrets: ["person"] });
  }
}
