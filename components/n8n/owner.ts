import { type CustomResourceOptions, dynamic, type Input, type Output, secret } from "@pulumi/pulumi";
import type { OwnerInputs } from "../../providers/n8n/owner.ts";
import { providerAt } from "../../providers/stub.ts";

export type N8nOwnerArgs = { [Name in keyof OwnerInputs]: Input<OwnerInputs[Name]> };

/** The owner of an n8n of this stack, made without anybody at a keyboard. */
export class N8nOwner extends dynamic.Resource {
  /** Secret. */
  declare readonly apiKey: Output<string>;

  constructor(name: string, args: N8nOwnerArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/n8n/owner.ts"),
      name,
      { ...args, password: secret(args.password), apiKey: undefined },
      { ...options, additionalSecretOutputs: ["password", "apiKey"] },
      "planeops",
      "N8nOwner",
    );
  }
}
