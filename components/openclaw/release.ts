import { type CustomResourceOptions, dynamic, type Input, type Output, secret } from "@pulumi/pulumi";
import type { DockerHost } from "../../providers/host/run.ts";
import type { ContainerSpec } from "../../providers/openclaw/container.ts";
import type { Folder } from "../../providers/openclaw/folders.ts";
import type { SavedRelease, Where } from "../../providers/openclaw/saved.ts";
import type { SmokeReport, SmokeSpec } from "../../providers/openclaw/smoke/index.ts";
import { providerAt } from "../../providers/stub.ts";

export interface OpenclawReleaseArgs {
  host: DockerHost;
  /** The container, all of it known in a preview; its labels name version and owner. */
  spec: ContainerSpec;
  /** Made secret here. */
  environment: Input<Record<string, Input<string>>>;
  version: string;
  /** Text of openclaw.json, rendered for that version; made secret here. */
  configuration: Input<string>;
  /** Absolute path of that file on the host. */
  configurationFile: string;
  /** On the host; made when they are missing, with their mode and the gateway's owner. */
  folders: Folder[];
  where: Where;
  /** `restore`: the version finds the state of `restoreFrom`; the present one has been saved. */
  rollbackState: "keep" | "restore";
  /** Name of a saved release. */
  restoreFrom?: string;
  /** What the backup has saved, for the way back; null when there was nothing to save. */
  backup: Input<SavedRelease | null>;
  /** `platform:adopt`: replace a container of this name that is not ours. */
  adopt: boolean;
  /** First part of the names of the gateway's tool sandboxes: they are removed with it. */
  sandboxes: string;
  smoke: Input<SmokeSpec>;
}

/**
 * The OpenClaw that runs: replaced, tested, and put back when the test fails, all in one update, so that the state
 * says what runs (design). Previews show its configuration and environment as secrets, everything else in clear.
 */
export class OpenclawRelease extends dynamic.Resource {
  declare readonly containerId: Output<string>;
  /** The version that runs. */
  declare readonly runs: Output<string>;
  declare readonly report: Output<SmokeReport>;
  /** How long each step took. */
  declare readonly seconds: Output<Record<string, number>>;

  constructor(name: string, args: OpenclawReleaseArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/openclaw/release.ts"),
      name,
      {
        ...args,
        environment: secret(args.environment),
        configuration: secret(args.configuration),
        containerId: undefined,
        imageId: undefined,
        runs: undefined,
        report: undefined,
        seconds: undefined,
      },
      { ...options, additionalSecretOutputs: ["environment", "configuration"] },
      "planeops",
      "OpenclawRelease",
    );
  }
}
