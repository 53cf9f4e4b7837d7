import { type CustomResourceOptions, dynamic, type Input, type Output } from "@pulumi/pulumi";
import type { BackupInputs } from "../../providers/openclaw/backup.ts";
import type { SavedRelease } from "../../providers/openclaw/saved.ts";
import { providerAt } from "../../providers/stub.ts";

export type OpenclawBackupArgs = { [K in keyof BackupInputs]: Input<BackupInputs[K]> };

/**
 * The archive of what runs, made before another version (or a container of ours) takes its place: the gateway is
 * stopped, saved and left stopped for the release that follows (OPENCLAW-UPG-01, -09, -10). Archives outlive the
 * resource.
 */
export class OpenclawBackup extends dynamic.Resource {
  /** What was saved last; null when nothing ever had to be. */
  declare readonly saved: Output<SavedRelease | null>;

  constructor(name: string, args: OpenclawBackupArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/openclaw/backup.ts"),
      name,
      { ...args, saved: undefined },
      options,
      "planeops",
      "OpenclawBackup",
    );
  }
}
