import { type CustomResourceOptions, dynamic, type Input, secret } from "@pulumi/pulumi";
import type { CredentialInputs } from "../../providers/n8n/credential.ts";
import { providerAt } from "../../providers/stub.ts";

export type N8nCredentialArgs = { [Name in keyof CredentialInputs]: Input<CredentialInputs[Name]> };

/** A credential of n8n's: what workflows name and nobody can read back. */
export class N8nCredential extends dynamic.Resource {
  constructor(name: string, args: N8nCredentialArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/n8n/credential.ts"),
      name,
      { ...args, api: secret(args.api), data: secret(args.data), updatedAt: undefined },
      { ...options, additionalSecretOutputs: ["api", "data"] },
      "planeops",
      "N8nCredential",
    );
  }
}
