import { stringify } from "yaml";
import { FILES, type Part, type ScrapeJob } from "./part.ts";

/** Between two looks; an api that is down for two minutes has then missed four. */
const INTERVAL = "30s";

/** Reads all parts and writes what they say to the platform's VictoriaMetrics; buffers on disk while that is away. */
export function vmagent(stack: string, jobs: ScrapeJob[]): Part {
  const configuration = {
    global: { scrape_interval: INTERVAL, scrape_timeout: "10s", external_labels: { stack } },
    scrape_configs: jobs,
  };
  return {
    name: "plane_vmagent",
    service: "vmagent",
    image: "vmagent",
    command: [
      `-promscrape.config=${FILES}/scrape.yml`,
      "-remoteWrite.url=http://victoriametrics:8428/api/v1/write",
      "-remoteWrite.tmpDataPath=/tmp/vmagent",
      // Half a gigabyte is the least that it keeps.
      "-remoteWrite.maxDiskUsagePerURL=512MB",
      "-remoteWrite.queues=1",
    ],
    files: { "scrape.yml": stringify(configuration) },
    // The gateway and n8n are there.
    networks: ["backend"],
    health: "/health",
    port: 8429,
  };
}
