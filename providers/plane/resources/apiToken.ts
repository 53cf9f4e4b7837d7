import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import type { ApiTokenInputs } from "../apiToken.ts";
import { type ArgsOf, PlaneResource } from "./planeResource.ts";

/** An API token that never expires (AUTH-03, AUTH-04). */
export class ApiToken extends PlaneResource {
  /** The token itself; secret. */
  declare readonly token: Output<string>;
  /** Its id in Plane; empty for one from the configuration. */
  declare readonly tokenId: Output<string>;

  constructor(name: string, args: ArgsOf<ApiTokenInputs>, options?: CustomResourceOptions) {
    super("apiToken", "ApiToken", name, args, options, { outputs: ["token", "tokenId"], secrets: ["token"] });
  }
}
