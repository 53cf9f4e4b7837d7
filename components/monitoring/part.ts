import type { Input } from "@pulumi/pulumi";
import type { Service } from "../../config.ts";
import type { ImagesOnDemand } from "../../versions.ts";

/** Where a part finds the files of its folder on the host, read-only. */
export const FILES = "/etc/monitoring";

/** Every part runs as nobody: what it needs of the host is mounted and readable for this user. */
export const NOBODY = "65534:65534";

/** One job of vmagent's scrape configuration, as Prometheus writes it. */
export interface ScrapeJob {
  job_name: string;
  metrics_path?: string;
  static_configs: { targets: string[]; labels?: Record<string, string> }[];
  relabel_configs?: RelabelRule[];
  metric_relabel_configs?: RelabelRule[];
}

export interface RelabelRule {
  source_labels?: string[];
  regex?: string;
  target_label?: string;
  replacement?: string;
  action?: "keep" | "drop" | "labeldrop";
}

/** One container of the collector. */
export interface Part {
  /** Without the prefix; its name on its networks is the same with hyphens. */
  name: string;
  service: Service;
  image: keyof ImagesOnDemand;
  command: string[];
  environment?: Record<string, string>;
  /** Text files by name, for this part alone (0600: some hold a password); see {@link FILES}. */
  files: Record<string, Input<string>>;
  /** Host folder to path in the container, read-only. */
  mounts?: Record<string, string>;
  /** Networks beside `monitoring`. */
  networks: readonly ("frontend" | "backend" | "egress")[];
  /** Path that answers 200 while it works, on {@link port}. */
  health: string;
  port: number;
}

/** Where vmagent reads a part. */
export function targetOf({ name, port }: Pick<Part, "name" | "port">): string {
  return `${name.replaceAll("_", "-")}:${port}`;
}

/** Keeps only what is named: exporters say far more than anybody looks at, and the platform stores it for a month. */
export function keepOnly(names: string): RelabelRule[] {
  return [{ source_labels: ["__name__"], regex: names, action: "keep" }];
}
