import { type CustomResourceOptions, dynamic, type Input, secret } from "@pulumi/pulumi";
import { providerAt } from "../../stub.ts";
import type { CurrentToken } from "../retiredTokens.ts";

export interface RetiredTokensArgs {
  /** Today's token of each account whose tokens this stack makes; all of it becomes secret. */
  current: Input<Record<string, CurrentToken>>;
}

/**
 * Deletes the tokens that a rotation has replaced. It has to depend on everything that uses tokens, so that none is
 * deleted before its successor is in use.
 */
export class RetiredTokens extends dynamic.Resource {
  constructor(name: string, args: RetiredTokensArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/plane/retiredTokens.ts"),
      name,
      { current: secret(args.current) },
      { ...options, additionalSecretOutputs: ["current"] },
      "planeops",
      "RetiredTokens",
    );
  }
}
