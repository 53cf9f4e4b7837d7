import { readFileSync } from "node:fs";
import { FILES, type Part, type ScrapeJob, targetOf } from "./part.ts";

/** The platform's read-only way to Docker (platform.md), and that of the embedded one. */
const DOCKER = "http://socket-proxy:2375";

const PORT = 9101;
const PROGRAM = readFileSync(new URL("./containerExporter/exporter.py", import.meta.url), "utf8");

/**
 * CPU, memory and OOM kills of each container, from Docker's own figures. Not by cAdvisor: before 0.54 it sees no
 * container of an engine with the containerd image store, and it needs the host's folders.
 */
export function containerExporter(prefix: string): Part {
  return {
    name: "plane_container_exporter",
    service: "container_exporter",
    image: "python",
    command: [
      "python3",
      `${FILES}/exporter.py`,
      DOCKER,
      `${prefix}_(plane_.+|openclaw|postgresql|redis|caddy|n8n)`,
      String(PORT),
    ],
    // Where it may not write there is no cache of compiled code to try.
    environment: { PYTHONDONTWRITEBYTECODE: "1" },
    files: { "exporter.py": PROGRAM },
    networks: [],
    health: "/health",
    port: PORT,
  };
}

export function containersJob(part: Part): ScrapeJob {
  return { job_name: "plane-containers", static_configs: [{ targets: [targetOf(part)] }] };
}
