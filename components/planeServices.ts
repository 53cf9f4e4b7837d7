import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  type Resource,
  secret,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { PlaneOpsConfig } from "../config.ts";
import { Database } from "./database.ts";
import type { Fleet, ServiceArgs } from "./fleet.ts";
import { ownLabels } from "./labels.ts";
import { MountedFiles } from "./mountedFiles.ts";
import type { ObjectStorage } from "./objectStorage.ts";
import { planeEnvironment } from "./plane/environment.ts";
import { DATABASE, KEY_PREFIX, ROLE } from "./plane/tenancy.ts";
import { PlaneMigration } from "./planeMigration.ts";
import { nameOf } from "./platform/names.ts";
import type { Platform } from "./platform/platform.ts";
import { RedisNamespace } from "./redisNamespace.ts";

export interface PlaneServicesArgs {
  config: PlaneOpsConfig;
  fleet: Fleet;
  platform: Platform;
  storage: ObjectStorage;
  /** Address that people use; every redirect of Plane starts with it. */
  url: string;
}

const OVERLAY = ["prefixed.py", "prefixed_redis.py"].map((name) => ({
  name,
  content: readFileSync(new URL(`./plane/overlay/${name}`, import.meta.url), "utf8"),
}));
/** Plane's images drop privileges themselves. */
const CAPABILITIES = ["CHOWN", "SETGID", "SETUID"] as const;

/** Answers from database and cache: `GET /` would only prove that gunicorn runs. */
const API_HEALTH = `wget -q -O - http://127.0.0.1:8000/api/instances/ | grep -q '"instance"'`;
/** An established connection (state 01) to Redis' port (6379 is 18EB): only celery opens one, and it drops it when it dies. */
const WORKER_HEALTH = "cat /proc/net/tcp /proc/net/tcp6 | grep -q ':18EB 01 '";
/** The migrator runs once; while it does, this says that it reaches its database. */
const MIGRATOR_HEALTH = "bash -c ': < /dev/tcp/postgresql/5432'";

/** The waits of the official worker entry point, then celery with arguments of ours: two threads, the scheduler inside. */
const WORKER_COMMAND =
  "python manage.py wait_for_db && python manage.py wait_for_migrations && " +
  "exec celery -A plane worker -l info -P threads -c 2 -B";

/** What all processes of Plane's backend share. */
interface Backend {
  environment: Record<string, Input<string>>;
  mounts: Record<string, string>;
  migration: PlaneMigration;
}

type BackendProcess = Pick<ServiceArgs, "name" | "service" | "command" | "hosts"> & { health: string };

/** Plane itself: schema, api, worker with the scheduler inside, web and admin pages (INFRA-01, -02, -03, -06). */
export class PlaneServices extends ComponentResource {
  /** Secret outputs, by the name under which the stack shows them. */
  readonly databasePassword: Output<string>;
  /** Plane's own keys, which what it has encrypted is lost without. */
  readonly keys: { secretKey: Output<string>; liveSecretKey: Output<string> };
  /** What holds everything that is inside Plane, attachments aside. */
  readonly database: Resource;
  private readonly args: PlaneServicesArgs;

  constructor(name: string, args: PlaneServicesArgs, options?: ComponentResourceOptions) {
    super("planeops:plane:PlaneServices", name, {}, options);
    this.args = args;
    this.databasePassword = output(args.platform.postgresql.rolePassword);

    this.database = this.createDatabase();
    const namespace = this.createNamespace();
    const overlay = this.writeOverlay();
    this.keys = this.createKeys();
    const environment = this.environment();
    const migration = this.migrate(environment, [this.database, namespace, overlay.files]);
    const backend = { environment, mounts: overlay.mounts, migration };
    this.createApi(backend);
    this.createWorker(backend);
    this.createPages();
    this.registerOutputs();
  }

  private createDatabase(): Resource {
    const { config, platform } = this.args;
    return new Database(
      "database",
      {
        server: platform.postgresql.server,
        role: ROLE,
        password: platform.postgresql.rolePassword,
        database: DATABASE,
        stack: config.stack,
        adopt: config.adopt,
      },
      { parent: this, dependsOn: platform.ready, protect: config.protect, retainOnDelete: config.protect },
    );
  }

  private createNamespace(): Resource {
    const { config, platform } = this.args;
    const { cache, broker } = config.redisDatabases;
    return new RedisNamespace(
      "redis-namespace",
      {
        host: config.docker,
        container: platform.redis.container,
        password: platform.redis.password,
        prefix: KEY_PREFIX,
        databases: [cache, broker],
        removeKeys: !config.protect,
      },
      { parent: this, dependsOn: platform.ready },
    );
  }

  private writeOverlay() {
    const { config } = this.args;
    const mounts: Record<string, string> = {};
    const files: Record<string, string> = {};
    for (const { name, content } of OVERLAY) {
      const path = `${config.root}/configs/plane/${name}`;
      mounts[path] = `/code/plane/settings/${name}`;
      files[path] = content;
    }
    return { files: new MountedFiles("settings", { host: config.docker, files }, { parent: this }), mounts };
  }

  private createKeys() {
    const { protect, secrets } = this.args.config;
    const options = { parent: this, protect, retainOnDelete: protect };
    const made = (name: string) => new RandomPassword(name, { length: 50, special: false }, options).result;
    const secretKey = made("secret-key");
    return {
      secretKey: secrets.secretKey ? secret(output(secrets.secretKey)) : secretKey,
      liveSecretKey: made("live-secret-key"),
    };
  }

  private environment(): Record<string, Input<string>> {
    return {
      ...planeEnvironment({ ...this.args, ...this.keys }),
      // A process reads its settings once: new ones need a new container.
      PLANE_OPS_SETTINGS: createHash("sha256")
        .update(OVERLAY.map(({ content }) => content).join())
        .digest("hex"),
    };
  }

  private migrate(environment: Record<string, Input<string>>, dependsOn: Resource[]): PlaneMigration {
    const { config, platform } = this.args;
    const container = (part: string) => nameOf(config.prefix, part);
    const { memory, cpus } = config.limits.migrator;
    const flags = output(platform.networks.backend).apply((backend) => [
      `--memory=${memory}m`,
      `--memory-swap=${memory * 2}m`,
      `--cpus=${cpus}`,
      "--cap-drop=ALL",
      ...CAPABILITIES.map((capability) => `--cap-add=${capability}`),
      "--security-opt=no-new-privileges:true",
      "--restart=no",
      "--log-driver=json-file",
      "--log-opt=max-file=3",
      "--log-opt=max-size=10m",
      `--health-cmd=${MIGRATOR_HEALTH}`,
      "--health-interval=10s",
      "--health-timeout=8s",
      ...ownLabels(config).map(({ label, value }) => `--label=${label}=${value}`),
      `--network=${backend}`,
      "--network-alias=plane-migrator",
      ...OVERLAY.map(
        ({ name }) => `--volume=${config.root}/configs/plane/${name}:/code/plane/settings/${name}:ro`,
      ),
      config.images.planeBackend,
      "./bin/docker-entrypoint-migrator.sh",
    ]);
    return new PlaneMigration(
      "schema",
      {
        host: config.docker,
        server: output(platform.postgresql.server),
        database: DATABASE,
        version: config.planeVersion,
        image: this.args.fleet.image(config.images.planeBackend, { parent: this }),
        container: flags,
        name: container("plane_migrator"),
        owner: config.owner,
        environment: output(environment),
        users: [container("plane_worker"), container("plane_api")],
        dumps: `${config.root}/data/plane-releases`,
      },
      { parent: this, dependsOn: [...dependsOn, ...platform.ready] },
    );
  }

  private createApi(backend: Backend): void {
    this.createBackend(backend, {
      name: "plane_api",
      service: "api",
      command: ["./bin/docker-entrypoint-api.sh"],
      health: API_HEALTH,
    });
  }

  private createWorker(backend: Backend): void {
    this.createBackend(backend, {
      name: "plane_worker",
      service: "worker",
      command: ["bash", "-c", WORKER_COMMAND],
      health: WORKER_HEALTH,
      hosts: this.args.platform.webhook.hosts,
    });
  }

  /** A process of Plane's backend image: replaced after each run of the migrator, which has stopped it. */
  private createBackend({ environment, mounts, migration }: Backend, process: BackendProcess): void {
    const { config, fleet, platform, storage } = this.args;
    const { health, ...args } = process;
    fleet.service(
      {
        ...args,
        image: fleet.image(config.images.planeBackend, { parent: this }),
        capabilities: [...CAPABILITIES],
        environment,
        labels: { "io.javisi.schema": migration.run },
        mounts,
        networks: [platform.networks.backend, platform.networks.egress],
        health: { command: health, interval: 5, startPeriod: 180 },
      },
      { parent: this, dependsOn: [migration, storage.container] },
    );
  }

  private createPages(): void {
    const { config, fleet, platform } = this.args;
    const page = (name: string, service: "web" | "admin", image: string, path: string) =>
      fleet.service(
        {
          name,
          service,
          image: fleet.image(image, { parent: this }),
          capabilities: [...CAPABILITIES],
          networks: [platform.networks.frontend],
          health: { command: `wget -q -O /dev/null http://127.0.0.1:3000${path}`, interval: 3 },
        },
        { parent: this },
      );
    page("plane_web", "web", config.images.planeFrontend, "/");
    page("plane_admin", "admin", config.images.planeAdmin, "/god-mode/");
  }
}
