import { join } from "node:path";
import { FILES, type Part, type ScrapeJob, targetOf } from "./part.ts";

/** The platform's read-only way to Docker (platform.md), and that of the embedded one. */
const DOCKER = "http://socket-proxy:2375";

/**
 * CPU, memory and OOM kills of each container, from Docker's own figures. Not by cAdvisor: before 0.54 it sees no
 * container of an engine with the containerd image store, and it needs the host's folders and root.
 * @param program text of {@link containerExporterProgram}.
 */
export function containerExporter(prefix: string, program: string): Part {
  return {
    name: "plane_container_exporter",
    service: "container_exporter",
    image: "nodejs",
    command: [
      "node",
      // It keeps nothing: a small heap is collected more often, and is enough.
      "--max-old-space-size=24",
      "--max-semi-space-size=1",
      `${FILES}/exporter.mjs`,
      DOCKER,
      `${prefix}_(plane_.+|openclaw|postgresql|redis|caddy|n8n)`,
    ],
    files: { "exporter.mjs": program },
    networks: [],
    health: "/health",
    port: 9101,
  };
}

export function containersJob(part: Part): ScrapeJob {
  return { job_name: "plane-containers", static_configs: [{ targets: [targetOf(part)] }] };
}

/** The exporter's program, one file without dependencies. */
export async function containerExporterProgram(): Promise<string> {
  // The bundler is loaded by those only who need it.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "containerExporter/main.ts")],
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}
