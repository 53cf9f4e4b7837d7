import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** OpenClaw's versions that this project knows the configuration and the state of, oldest first. */
export const OPENCLAW_VERSIONS = ["2026.2.23", "2026.2.26"] as const;

/** The images that the program runs, by part, each with its exact tag. */
export interface Images {
  postgresql: string;
  redis: string;
  caddy: string;
  minio: string;
  planeBackend: string;
  planeFrontend: string;
  planeAdmin: string;
}

/** Images that only some stacks run; set-up leaves them alone. */
export interface ImagesOnDemand {
  n8n: string;
  vmagent: string;
  victoriametrics: string;
  postgresExporter: string;
  redisExporter: string;
  blackboxExporter: string;
  nodeExporter: string;
  python: string;
  loki: string;
  alloy: string;
  socketProxy: string;
}

/** The content of `versions.yml`, the one place where a version is written. */
export interface Versions {
  /** Tools that set-up brings, with their exact versions. */
  tools: Record<string, string>;
  /** Pulumi plugins and their exact versions. */
  plugins: Record<string, string>;
  images: Images;
  imagesOnDemand: ImagesOnDemand;
}

/** Reads `versions.yml` beside the program. */
export function readVersions(): Versions {
  return parse(readFileSync(new URL("./versions.yml", import.meta.url), "utf8")) as Versions;
}
