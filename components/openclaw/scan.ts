import { type CustomResourceOptions, dynamic, type Input, type Output } from "@pulumi/pulumi";
import type { ScanInputs } from "../../providers/openclaw/scan.ts";
import type { Finding } from "../../providers/openclaw/trivy.ts";
import { providerAt } from "../../providers/stub.ts";

export type OpenclawScanArgs = { [K in keyof ScanInputs]: Input<ScanInputs[K]> };

/** What trivy says of the image that is wanted, against the one that runs (OPENCLAW-UPG-15); its absence is told. */
export class OpenclawScan extends dynamic.Resource {
  declare readonly scanned: Output<boolean>;
  /** Why it was not scanned, or empty. */
  declare readonly why: Output<string>;
  /** Findings by severity, old against new. */
  declare readonly summary: Output<string>;
  declare readonly newCriticals: Output<Finding[]>;
  declare readonly fixedCriticals: Output<Finding[]>;

  constructor(name: string, args: OpenclawScanArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/openclaw/scan.ts"),
      name,
      {
        ...args,
        scanned: undefined,
        why: undefined,
        summary: undefined,
        newCriticals: undefined,
        fixedCriticals: undefined,
      },
      options,
      "planeops",
      "OpenclawScan",
    );
  }
}
