import type * as docker from "@pulumi/docker";
import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { PlaneOpsConfig } from "../../config.ts";
import type { Fleet } from "../fleet.ts";
import { hostFile } from "../host.ts";
import { NETWORK_NAMES } from "./names.ts";
import type { Platform } from "./platform.ts";
import { NETWORKS, type NetworkName, subnetOf } from "./subnet.ts";

export interface EmbeddedPlatformArgs {
  config: PlaneOpsConfig;
  fleet: Fleet;
}

/** Memory that Redis gives to data, in MB, under the policy of the platform's own Redis (platform.md). */
const REDIS_MAXMEMORY = 96;

/** Sites are files of their own here, so that the Caddyfile itself never changes. */
const CADDYFILE = "{\n\tadmin localhost:2019\n}\n\nimport /etc/caddy/sites/*.caddy\n";

/** The platform of `local`: five networks, PostgreSQL, Redis and Caddy under the names that `prod` has. */
export class EmbeddedPlatform extends ComponentResource implements Platform {
  readonly networks: Platform["networks"];
  readonly postgresql: Platform["postgresql"];
  readonly redis: Platform["redis"];
  readonly caddy: Platform["caddy"];
  readonly webhook: Platform["webhook"];
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

    const { frontend, backend, egress } = this.network;
    this.networks = { frontend: frontend.name, backend: backend.name, egress: egress.name };
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
    // Plane refuses a webhook host without a dot (contracts/plane): n8n carries this alias.
    this.webhook = { url: "http://n8n.javisi.internal:5678/webhook/plane", hosts: [] };
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

  private createCaddy(): docker.Container {
    const folder = `${this.config.root}/configs/caddy`;
    const path = `${folder}/Caddyfile`;
    const file = hostFile("caddyfile", this.config.docker, { path, content: CADDYFILE }, { parent: this });
    this.fleet.watch(path, CADDYFILE, file);
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
