import { type CustomResourceOptions, dynamic, type Input } from "@pulumi/pulumi";
import type { DockerHost } from "../providers/host/run.ts";
import { providerAt } from "../providers/stub.ts";

export interface CaddySiteArgs {
  host: DockerHost;
  /** Name of the Caddy container: validates and reloads. */
  container: Input<string>;
  /** File on the host that takes the block; every other byte of it stays. */
  file: string;
  /** Name in the block's markers. */
  site: string;
  /** The block; ends with a newline. */
  text: Input<string>;
}

/** A site as a marked block of a Caddyfile: validated before the reload, taken back when Caddy refuses it. */
export class CaddySite extends dynamic.Resource {
  constructor(name: string, args: CaddySiteArgs, options?: CustomResourceOptions) {
    super(providerAt("./providers/caddy/site.ts"), name, { ...args }, options, "planeops", "CaddySite");
  }
}
