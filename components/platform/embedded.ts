import type * as docker from "@pulumi/docker";
import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { type PlaneOpsConfig, runsN8n } from "../../config.ts";
import { readVersions } from "../../versions.ts";
import type { Fleet } from "../fleet.ts";
import { MountedFiles } from "../mountedFiles.ts";
import { NETWORK_NAMES } from "./names.ts";
import { createObservability } from "./observability.ts";
import { n8nUrl, type Platform } from "./platform.ts";
import { NETWORKS, type NetworkName, subnetOf } from "./subnet.ts";

export interface EmbeddedPlatformArgs {
  config: PlaneOpsConfig;
  fleet: Fleet;
}

/** Memory that Redis gives to data, in MB, under the policy of the platform's own Redis (platform.md). */
const REDIS_MAXMEMORY = 96;

/**
 * What n8n's heap may take, in MiB: without a limit it grew to 1.6 GB under two deliveries a second, which is above its
 * container's; with this n8n and its task runner stayed below 750 MB (npm run bench -- endurance).
 */
export const N8N_HEAP_MIB = 512;

/** Plane refuses a webhook host without a dot (contracts/plane). */
const N8N_DOTTED = "n8n.javisi.internal";

/** Sites are files of their own here, so that the Caddyfile itself never changes. */
const CADDYFILE = "{\n\tadmin localhost:2019\n}\n\nimport /etc/caddy/sites/*.caddy\n";

/** The platform of `local`: five networks, PostgreSQL, Redis and Caddy under the names that `prod` has. */
export class EmbeddedPlatform extends ComponentResource implements Platform {
  readonly networks: Platform["networks"];
  readonly postgresql: Platform["postgresql"];
  readonly redis: Platform["redis"];
  readonly caddy: Platform["caddy"];
  readonly webhook: Platform["webhook"];
  readonly n8n?: Platform["n8n"];
  readonly observability: Resource[];
  readonly ready: Resource[];
  private readonly config: PlaneOpsConfig;
  private readonly fleet: Fleet;
  private readonly network: Record<NetworkName, docker.Network>;

  constructor(name: string, { config, fleet }: EmbeddedPlatformArgs, options?: ComponentResourceOptions) {
    super("planeops:platform:EmbeddedPlatform", name, {}, options);
    this.config = config;
    this.fleet = fleet;

    this.network = this.createNetworks();
    const postgresql = this.createPostgresql();
    const redis = this.createRedis();
    const caddy = this.createCaddy();

    const { frontend, backend, egress, monitoring } = this.network;
    this.networks = {
      frontend: frontend.name,
      backend: backend.name,
      egress: egress.name,
      monitoring: monitoring.name,
    };
    this.postgresql = {
      server: {
        host: config.docker,
        container: postgresql.container.name,
        superuser: "postgres",
        password: postgresql.password.result,
      },
      hostname: "postgresql",
      rolePassword: password("plane-role-password", this).result,
    };
    this.redis = { container: redis.container.name, hostname: "redis", password: redis.password.result };
    this.caddy = {
      container: caddy.name,
      siteFile: `${config.root}/configs/caddy/sites/plane.caddy`,
      scheme: "http",
    };
    if (runsN8n(config)) this.n8n = { container: this.createN8n() };
    this.observability =
      config.monitoring === undefined
        ? []
        : createObservability({ config, fleet, network: this.networks.monitoring }, this);
    this.webhook = { url: `http://${N8N_DOTTED}:5678/webhook/plane`, hosts: [] };
    this.ready = [postgresql.container, redis.container, caddy];
    this.registerOutputs();
  }

  private createNetworks(): Record<NetworkName, docker.Network> {
    const create = (name: NetworkName) =>
      this.fleet.network(
        name,
        { subnet: subnetOf(this.config.subnetPrefix, name), internal: NETWORKS[name].internal },
        { parent: this },
      );
    return Object.fromEntries(NETWORK_NAMES.map((name) => [name, create(name)])) as Record<
      NetworkName,
      docker.Network
    >;
  }

  private createPostgresql() {
    const superuser = password("postgresql-password", this);
    const container = this.fleet.service(
      {
        name: "postgresql",
        service: "postgresql",
        image: this.fleet.image(this.config.images.postgresql, { parent: this }),
        user: "999:999",
        command: ["postgres", "-c", "max_connections=100", "-c", "shared_buffers=64MB"],
        environment: {
          POSTGRES_PASSWORD: superuser.result,
          // As in prod: the local socket asks for the password too.
          POSTGRES_INITDB_ARGS: "--auth-local=scram-sha-256 --auth-host=scram-sha-256",
        },
        networks: [this.network.backend.name],
        volumes: [
          { volume: this.fleet.volume("postgresql", { parent: this }).name, path: "/var/lib/postgresql" },
        ],
        health: { command: "pg_isready -q -h 127.0.0.1 -U postgres", interval: 3 },
      },
      { parent: this },
    );
    return { container, password: superuser };
  }

  private createRedis() {
    const secret = password("redis-password", this);
    // Configuration on standard input keeps the password off the command line.
    const start = [
      "exec redis-server - <<EOF",
      "requirepass $REDIS_PASSWORD",
      `maxmemory ${REDIS_MAXMEMORY}mb`,
      "maxmemory-policy allkeys-lru",
      "dir /data",
      "EOF",
    ].join("\n");
    const container = this.fleet.service(
      {
        name: "redis",
        service: "redis",
        image: this.fleet.image(this.config.images.redis, { parent: this }),
        user: "999:999",
        command: ["sh", "-c", start],
        environment: { REDIS_PASSWORD: secret.result, REDISCLI_AUTH: secret.result },
        networks: [this.network.backend.name],
        volumes: [{ volume: this.fleet.volume("redis", { parent: this }).name, path: "/data" }],
        health: { command: "redis-cli ping | grep -q PONG", interval: 3 },
      },
      { parent: this },
    );
    return { container, password: secret };
  }

  private createN8n(): docker.Container {
    const key = password("n8n-encryption-key", this);
    const { port } = this.config.publish;
    return this.fleet.service(
      {
        name: "n8n",
        service: "n8n",
        image: this.fleet.image(readVersions().imagesOnDemand.n8n, { parent: this }),
        user: "1000:1000",
        environment: {
          // Else errors carry stack traces.
          NODE_ENV: "production",
          NODE_OPTIONS: `--max-old-space-size=${N8N_HEAP_MIB}`,
          N8N_ENCRYPTION_KEY: key.result,
          N8N_EDITOR_BASE_URL: n8nUrl("http", this.config.domain, port),
          // Its sessions would need TLS, which the local stack has not.
          N8N_SECURE_COOKIE: "false",
          // It calls nobody but those whom the workflows name (contracts/n8n).
          N8N_DISABLED_MODULES: "mcp-registry,instance-ai,agents,chat-hub,mcp",
          N8N_DIAGNOSTICS_ENABLED: "false",
          N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
          N8N_TEMPLATES_ENABLED: "false",
          N8N_COMMUNITY_PACKAGES_ENABLED: "false",
          N8N_PERSONALIZATION_ENABLED: "false",
          ...(this.config.monitoring && { N8N_METRICS: "true" }),
        },
        networks: [this.network.backend.name, this.network.egress.name],
        aliases: [N8N_DOTTED],
        volumes: [{ volume: this.fleet.volume("n8n", { parent: this }).name, path: "/home/node/.n8n" }],
        // `/healthz` says yes before anything else does.
        health: {
          command: `node -e "fetch('http://127.0.0.1:5678/healthz/readiness').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"`,
          interval: 5,
          startPeriod: 120,
        },
      },
      { parent: this },
    );
  }

  private createCaddy(): docker.Container {
    const folder = `${this.config.root}/configs/caddy`;
    const files = { [`${folder}/Caddyfile`]: CADDYFILE };
    const file = new MountedFiles("caddyfile", { host: this.config.docker, files }, { parent: this });
    const { address, port } = this.config.publish;
    return this.fleet.service(
      {
        name: "caddy",
        service: "caddy",
        image: this.fleet.image(this.config.images.caddy, { parent: this }),
        capabilities: ["NET_BIND_SERVICE"],
        networks: [this.network.frontend.name, this.network.backend.name],
        mounts: { [folder]: "/etc/caddy" },
        volumes: [{ volume: this.fleet.volume("caddy_data", { parent: this }).name, path: "/data" }],
        ports: [{ internal: 80, external: port, address }],
        // The admin endpoint answers once a configuration is loaded.
        health: { command: "wget -q -O /dev/null http://127.0.0.1:2019/config/", interval: 3 },
      },
      { parent: this, dependsOn: [file] },
    );
  }
}

/** Letters and digits only: it stands in URLs and SQL. */
function password(name: string, parent: ComponentResource): RandomPassword {
  return new RandomPassword(name, { length: 32, special: false }, { parent });
}
