import { type CustomResourceOptions, dynamic, type Input, type Output, output, secret } from "@pulumi/pulumi";
import type { MigrationInputs } from "../providers/plane-migration/migration.ts";
import { providerAt } from "../providers/stub.ts";

export type PlaneMigrationArgs = { [K in keyof MigrationInputs]: Input<MigrationInputs[K]> };

/**
 * Plane's schema at one version: dumps the database, stops who uses it, runs the one-shot migrator and checks its
 * exit code. A container resource could not: a failed one-shot is no error for the docker provider, and a finished
 * one is drift as soon as somebody prunes it.
 */
export class PlaneMigration extends dynamic.Resource {
  /** Changes with each run of the migrator. */
  declare readonly run: Output<string>;

  constructor(name: string, args: PlaneMigrationArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/plane-migration/migration.ts"),
      name,
      {
        ...args,
        server: output(args.server).apply(secret),
        environment: output(args.environment).apply(secret),
        applied: undefined,
        dump: undefined,
        since: undefined,
        run: undefined,
      },
      { ...options, additionalSecretOutputs: ["server", "environment"] },
      "planeops",
      "PlaneMigration",
    );
  }
}
