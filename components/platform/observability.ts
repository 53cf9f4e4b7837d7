import { readFileSync } from "node:fs";
import type { ComponentResource, Input, Resource } from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { PlaneOpsConfig } from "../../config.ts";
import { readVersions } from "../../versions.ts";
import type { Fleet } from "../fleet.ts";
import { MountedFiles } from "../mountedFiles.ts";

export interface ObservabilityArgs {
  config: PlaneOpsConfig;
  fleet: Fleet;
  /** The network `monitoring`. */
  network: Input<string>;
}

/** Days that the platform's VictoriaMetrics keeps figures, and its Loki lines (platform.md). */
const METRICS_DAYS = 30;
const LOG_DAYS = 14;
/** Days that lines of ours are kept (MONITOR-02). */
const OWN_LOG_DAYS = 7;

const ALLOY = readFileSync(new URL("./observability/config.alloy", import.meta.url), "utf8");

/** VictoriaMetrics, Loki, Alloy and the read-only way to Docker, under the names that `prod` has. */
export function createObservability(args: ObservabilityArgs, parent: ComponentResource): Resource[] {
  const proxy = createSocketProxy(args, parent);
  const loki = createLoki(args, parent);
  return [createVictoriametrics(args, parent), proxy, loki, createAlloy(args, parent, [proxy, loki])];
}

function createVictoriametrics({ fleet, network }: ObservabilityArgs, parent: ComponentResource): Resource {
  return fleet.service(
    {
      name: "victoriametrics",
      service: "victoriametrics",
      image: fleet.image(readVersions().imagesOnDemand.victoriametrics, { parent }),
      command: ["-storageDataPath=/storage", `-retentionPeriod=${METRICS_DAYS}d`, "-httpListenAddr=:8428"],
      networks: [network],
      volumes: [{ volume: fleet.volume("victoriametrics", { parent }).name, path: "/storage" }],
      health: { command: "wget -q -O /dev/null http://127.0.0.1:8428/health", interval: 5 },
    },
    { parent },
  );
}

/** Who reads `monitoring` may read what Docker says of containers and networks, and change nothing. */
function createSocketProxy({ fleet, network }: ObservabilityArgs, parent: ComponentResource): Resource {
  return fleet.service(
    {
      name: "socket_proxy",
      service: "socket_proxy",
      image: fleet.image(readVersions().imagesOnDemand.socketProxy, { parent }),
      environment: { CONTAINERS: "1", EVENTS: "1", NETWORKS: "1", POST: "0", LOG_LEVEL: "warning" },
      mounts: { "/var/run/docker.sock": "/var/run/docker.sock" },
      networks: [network],
      health: { command: "wget -q -O /dev/null http://127.0.0.1:2375/_ping", interval: 5 },
    },
    { parent },
  );
}

function createLoki(args: ObservabilityArgs, parent: ComponentResource): Resource {
  const { config, fleet, network } = args;
  const file = configurationFile(args, "loki/loki.yml", stringify(lokiConfiguration(config.prefix)), parent);
  return fleet.service(
    {
      name: "loki",
      service: "loki",
      image: fleet.image(readVersions().imagesOnDemand.loki, { parent }),
      command: ["-config.file=/etc/plane-ops/loki.yml"],
      mounts: { [`${config.root}/configs/loki`]: "/etc/plane-ops" },
      networks: [network],
      volumes: [{ volume: fleet.volume("loki", { parent }).name, path: "/loki" }],
      // The image has no shell; Loki asks itself.
      health: { command: ["/usr/bin/loki", "-health"], interval: 5 },
    },
    { parent, dependsOn: [file] },
  );
}

function createAlloy(args: ObservabilityArgs, parent: ComponentResource, dependsOn: Resource[]): Resource {
  const { config, fleet, network } = args;
  const text = ALLOY.replaceAll("PREFIX", config.prefix);
  const file = configurationFile(args, "alloy/config.alloy", text, parent);
  return fleet.service(
    {
      name: "alloy",
      service: "alloy",
      image: fleet.image(readVersions().imagesOnDemand.alloy, { parent }),
      // Its own user: root without capabilities may not write to its folder.
      user: "473:473",
      command: [
        "run",
        "--disable-reporting",
        "--server.http.listen-addr=0.0.0.0:12345",
        "--storage.path=/var/lib/alloy/data",
        "/etc/plane-ops/config.alloy",
      ],
      mounts: { [`${config.root}/configs/alloy`]: "/etc/plane-ops" },
      networks: [network],
      health: { command: "bash -c ': < /dev/tcp/127.0.0.1/12345'", interval: 5 },
    },
    { parent, dependsOn: [file, ...dependsOn] },
  );
}

/** A file below `configs/` that a container mounts. */
function configurationFile(
  { config }: ObservabilityArgs,
  path: string,
  content: string,
  parent: ComponentResource,
): Resource {
  const full = `${config.root}/configs/${path}`;
  const name = `${path.slice(0, path.indexOf("/"))}-configuration`;
  return new MountedFiles(name, { host: config.docker, files: { [full]: content } }, { parent });
}

/** One process that keeps everything in its volume. Global retention is the platform's; ours is shorter by stream. */
export function lokiConfiguration(prefix: string) {
  return {
    auth_enabled: false,
    server: { http_listen_port: 3100, log_level: "warn" },
    common: {
      instance_addr: "127.0.0.1",
      path_prefix: "/loki",
      replication_factor: 1,
      ring: { kvstore: { store: "inmemory" } },
      storage: { filesystem: { chunks_directory: "/loki/chunks", rules_directory: "/loki/rules" } },
    },
    schema_config: {
      configs: [
        {
          from: "2024-01-01",
          index: { period: "24h", prefix: "index_" },
          object_store: "filesystem",
          schema: "v13",
          store: "tsdb",
        },
      ],
    },
    compactor: {
      delete_request_store: "filesystem",
      retention_enabled: true,
      working_directory: "/loki/compactor",
    },
    limits_config: {
      retention_period: `${LOG_DAYS * 24}h`,
      retention_stream: [
        {
          period: `${OWN_LOG_DAYS * 24}h`,
          priority: 1,
          selector: `{container=~"${prefix}_(plane_.+|openclaw)"}`,
        },
      ],
    },
    analytics: { reporting_enabled: false },
  };
}
