import { type CustomResourceOptions, dynamic, type Input, secret } from "@pulumi/pulumi";
import type { Access } from "../../../plane/access.ts";
import { providerAt } from "../../stub.ts";

/** What every resource inside Plane takes. */
export interface PlaneResourceArgs {
  /** The workspace admin's way in; all of it becomes secret. */
  access: Input<Access>;
  /** Take over what has the same natural key but was not made by this stack. Default: refuse it. */
  adopt?: Input<boolean>;
}

/** A dynamic resource whose work a module of this folder's parent does. */
export abstract class PlaneResource extends dynamic.Resource {
  /**
   * @param module file of `providers/plane/`, without its ending.
   * @param outputs names that the module adds to the inputs.
   * @param secrets which inputs and outputs are secret beside `access`.
   */
  constructor(
    module: string,
    type: string,
    name: string,
    args: PlaneResourceArgs & object,
    options: CustomResourceOptions | undefined,
    { outputs = [], secrets = [] }: { outputs?: readonly string[]; secrets?: readonly string[] } = {},
  ) {
    const inputs: Record<string, Input<unknown>> = { adopt: false, ...args, access: secret(args.access) };
    for (const key of secrets) if (key in inputs) inputs[key] = secret(inputs[key]);
    super(
      providerAt(`./providers/plane/${module}.ts`),
      name,
      { ...inputs, ...Object.fromEntries(outputs.map((output) => [output, undefined])) },
      { ...options, additionalSecretOutputs: ["access", ...secrets] },
      "planeops",
      type,
    );
  }
}

/** Plain inputs of a provider as the arguments of its resource; see the provider's inputs for each one's meaning. */
export type ArgsOf<Inputs extends object> = {
  [Name in keyof Inputs as Name extends "access" | "adopt" ? never : Name]: Input<Inputs[Name]>;
} & PlaneResourceArgs;
