import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { CustomFieldInputs } from "../customField.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** A field of work items, kept in the field block (PROV-04). */
export class CustomField extends PlaneResource {
  /** Whether Plane is an edition with custom fields of its own, which are not supported. */
  declare readonly paidEdition: Output<boolean>;

  constructor(name: string, args: ArgsOf<CustomFieldInputs>, options?: CustomResourceOptions) {
    super("customField", "CustomField", name, args, options, { outputs: ["paidEdition"] });
  }
}
