import { createHmac } from "node:crypto";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { type PlaneOpsConfig, runsN8n } from "../../config.ts";
import { readVersions } from "../../versions.ts";
import type { Fleet } from "../fleet.ts";
import { HostFiles, type HostFilesArgs, ROOT } from "../hostFiles.ts";
import { DATABASE } from "../plane/tenancy.ts";
import type { Platform } from "../platform/platform.ts";
import { blackboxExporter, probeJob } from "./blackboxExporter.ts";
import { containerExporter, containersJob } from "./containerExporter.ts";
import { MonitorRole } from "./monitorRole.ts";
import { hostJob, nodeExporter, TEXTFILES } from "./nodeExporter.ts";
import { FILES, NOBODY, type Part, type ScrapeJob } from "./part.ts";
import { MONITOR_COLUMNS, MONITOR_ROLE, postgresExporter, postgresJob } from "./postgresExporter.ts";
import { redisExporter, redisJob } from "./redisExporter.ts";
import { vmagent } from "./vmagent.ts";

export interface CollectorArgs {
  config: PlaneOpsConfig;
  fleet: Fleet;
  platform: Platform;
  /** Where people open Plane. */
  url: string;
  /** API token of the account that probes sign in as; secret. */
  token: Input<string>;
}

/** What measures Plane and what it stands on, and writes it to VictoriaMetrics (MONITOR-01, MONITOR-03). */
export class Collector extends ComponentResource {
  private readonly args: CollectorArgs;
  private readonly folder: string;
  private readonly password: Output<string>;

  constructor(name: string, args: CollectorArgs, options?: ComponentResourceOptions) {
    super("planeops:monitoring:Collector", name, {}, options);
    this.args = args;
    this.folder = `${args.config.root}/configs/plane-monitoring`;
    const password = new RandomPassword("monitor-password", { length: 32, special: false }, { parent: this });
    this.password = password.result;

    const role = this.role();
    const parts = this.parts();
    const files = this.files(parts);
    for (const part of parts) this.run(part, [role, ...files]);
    this.registerOutputs();
  }

  private role(): MonitorRole {
    const { config, platform } = this.args;
    return new MonitorRole(
      "monitor-role",
      {
        server: platform.postgresql.server,
        role: MONITOR_ROLE,
        password: this.password,
        database: DATABASE,
        columns: MONITOR_COLUMNS,
        stack: config.stack,
        adopt: config.adopt,
      },
      { parent: this },
    );
  }

  private parts(): Part[] {
    const { config, platform, url, token } = this.args;
    const postgresql = postgresExporter(platform.postgresql.hostname, this.password);
    const { hostname, password } = platform.redis;
    const redis = redisExporter({ hostname, password, broker: config.redisDatabases.broker });
    const probes = {
      host: new URL(url).hostname,
      scheme: platform.caddy.scheme,
      token,
      webhooks: config.notifications !== undefined,
    };
    const blackbox = blackboxExporter(probes);
    const host = nodeExporter(config.root);
    const containers = containerExporter(config.prefix);
    const jobs = [
      postgresJob(postgresql),
      redisJob(redis),
      probeJob(blackbox, probes),
      hostJob(host),
      containersJob(containers),
      ...otherJobs(config),
    ];
    return [postgresql, redis, blackbox, host, containers, vmagent(config.stack, jobs)];
  }

  private files(parts: Part[]): HostFiles[] {
    const { docker: host, root: base } = this.args.config;
    const files = (name: string, owner: string, more: Partial<HostFilesArgs>) =>
      new HostFiles(
        name,
        {
          ...{ host, base, owner, shared: [] },
          ...{ folders: {}, scratch: {}, texts: {}, sources: {}, links: {}, absent: [] },
          ...more,
        },
        { parent: this },
      );
    const texts = parts.flatMap(({ name, files }) =>
      Object.entries(files).map(([file, text]) => [
        `configs/plane-monitoring/${name}/${file}`,
        { mode: "600", text },
      ]),
    );
    return [
      files("collector-files", NOBODY, { shared: ["configs"], texts: Object.fromEntries(texts) }),
      // The backup writes there too, and may come first: whoever makes these folders makes them root's.
      files("collector-textfiles", ROOT, {
        shared: ["backups", "backups/plane"],
        folders: { [TEXTFILES]: "755" },
      }),
    ];
  }

  private run(part: Part, dependsOn: (MonitorRole | HostFiles)[]): void {
    const { fleet, platform } = this.args;
    const { name, service, image, command, environment = {}, mounts = {}, files, networks } = part;
    fleet.service(
      {
        name,
        service,
        image: fleet.image(readVersions().imagesOnDemand[image], { parent: this }),
        user: NOBODY,
        command,
        environment,
        // None of them reads its files anew.
        labels: { "io.javisi.configuration": this.fingerprint(files) },
        mounts: { ...mounts, ...(Object.keys(files).length > 0 && { [`${this.folder}/${name}`]: FILES }) },
        networks: [...networks.map((network) => platform.networks[network]), platform.networks.monitoring],
        health: {
          command: `wget -q -O /dev/null http://127.0.0.1:${part.port}${part.health}`,
          interval: 15,
          startPeriod: 30,
        },
      },
      { parent: this, dependsOn },
    );
  }

  /** Changes with the files, and tells nothing of what is in them: a person's password could be guessed from a hash. */
  private fingerprint(files: Part["files"]): Output<string> {
    return all([this.password, output(files)]).apply(([key, texts]) =>
      createHmac("sha256", key).update(JSON.stringify(texts)).digest("hex"),
    );
  }
}

/** What measures itself. */
function otherJobs(config: PlaneOpsConfig): ScrapeJob[] {
  const job = (name: string, target: string, metrics_path: string): ScrapeJob => ({
    job_name: name,
    metrics_path,
    static_configs: [{ targets: [target] }],
  });
  return [
    ...(config.openclaw ? [job("plane-bridge", "openclaw:18789", "/plane-bridge/metrics")] : []),
    // The platform's n8n says nothing of itself unless it is told to; ours is.
    ...(runsN8n(config) ? [job("plane-n8n", "n8n:5678", "/metrics")] : []),
  ];
}
