import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  secret,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import type { BackupSettings, PlaneOpsConfig } from "../config.ts";
import { shellQuote } from "../providers/host/shell.ts";
import { backupPlaces } from "./backup/layout.ts";
import type { Deployment } from "./deployment.ts";
import type { Fleet } from "./fleet.ts";
import { HostFiles, ROOT } from "./hostFiles.ts";
import { openclawFolder } from "./openclaw/layout.ts";
import { BUCKET } from "./plane/environment.ts";
import { DATABASE, ROLE } from "./plane/tenancy.ts";
import type { PlaneServices } from "./planeServices.ts";
import { BACKUP_CONTAINER, nameOf } from "./platform/names.ts";
import type { Platform } from "./platform/platform.ts";

export interface BackupArgs {
  config: PlaneOpsConfig;
  settings: BackupSettings;
  fleet: Fleet;
  platform: Platform;
  keys: PlaneServices["keys"];
}

/** The program; the archive's format is its own. */
const PROGRAM = new URL("./backup/plane-backup", import.meta.url);

/** Backups of a Plane of this stack; their code is loaded by those only who have them. */
export function backUp(
  config: PlaneOpsConfig,
  settings: BackupSettings,
  { fleet, platform, keys, ready }: Deployment,
): Backup | undefined {
  if (fleet === undefined || platform === undefined || keys === undefined) return undefined;
  return new Backup("backup", { config, settings, fleet, platform, keys }, { dependsOn: ready });
}

/**
 * One container that saves Plane every night as one encrypted archive, and gives it back (INFRA-05): database,
 * attachments, Plane's keys, OpenClaw's state and the newest export of the stack. Archives outlive it.
 */
export class Backup extends ComponentResource {
  /** Secret. */
  readonly passphrase: Output<string>;
  private readonly args: BackupArgs;

  constructor(name: string, args: BackupArgs, options?: ComponentResourceOptions) {
    super("planeops:backup:Backup", name, {}, options);
    this.args = args;

    this.passphrase = this.choosePassphrase();
    const files = this.files();
    this.run(files);
    if (args.config.mode === "existing") this.schedule();
    this.registerOutputs();
  }

  private choosePassphrase(): Output<string> {
    const { config, settings } = this.args;
    if (settings.passphrase !== undefined) return secret(output(settings.passphrase));
    const { protect } = config;
    const options = { parent: this, protect, retainOnDelete: protect };
    return new RandomPassword("backup-passphrase", { length: 40, special: false }, options).result;
  }

  private files(): HostFiles {
    const { config, platform } = this.args;
    const { program, secrets, archives, exports } = backupPlaces(config);
    const below = (path: string) => path.slice(config.root.length + 1);
    const secretText = (text: Input<string>) => ({ mode: "600", text });
    const { hostname, rolePassword } = platform.postgresql;
    return new HostFiles(
      "backup-files",
      {
        host: config.docker,
        base: config.root,
        owner: ROOT,
        shared: ["configs", "backups", below(archives), below(exports)],
        folders: { [below(secrets)]: "700" },
        scratch: {},
        texts: {
          [`${below(program)}/plane-backup`]: { mode: "755", text: readFileSync(PROGRAM, "utf8") },
          [`${below(secrets)}/pgpass`]: secretText(
            output(rolePassword).apply((password) => `${hostname}:5432:*:${ROLE}:${password}\n`),
          ),
          [`${below(secrets)}/passphrase`]: secretText(this.passphrase),
          [`${below(secrets)}/settings.json`]: secretText(this.settings()),
        },
        sources: {},
        links: {},
        absent: [],
      },
      { parent: this },
    );
  }

  /** What a Plane that is made anew from an archive has to be told. */
  private settings(): Output<string> {
    const { config, keys } = this.args;
    const { stack, planeVersion, workspace, domain } = config;
    return output(keys).apply((known) =>
      JSON.stringify(
        { stack, planeVersion, workspace: workspace.slug, domain, bucket: BUCKET, ...known },
        undefined,
        2,
      ),
    );
  }

  private run(files: HostFiles): void {
    const { config, settings, fleet, platform } = this.args;
    const { program, secrets, archives, exports } = backupPlaces(config);
    const own = "/opt/plane-backup";
    const when = config.mode === "existing" ? ["await"] : ["every", settings.time];
    fleet.service(
      {
        name: BACKUP_CONTAINER,
        service: "backup",
        image: fleet.image(config.images.postgresql, { parent: this }),
        user: ROOT,
        // Attachments and OpenClaw's state belong to others, who may read them alone.
        capabilities: ["DAC_READ_SEARCH"],
        command: [`${own}/plane-backup`, ...when],
        environment: {
          PGHOST: platform.postgresql.hostname,
          PGUSER: ROLE,
          PGDATABASE: DATABASE,
          KEEP: String(settings.keep),
          PLANE_VERSION: config.planeVersion,
        },
        labels: { "io.javisi.program": createHash("sha256").update(readFileSync(PROGRAM)).digest("hex") },
        volumes: [{ volume: nameOf(config.prefix, "plane_uploads"), path: "/uploads", readOnly: true }],
        mounts: {
          [program]: own,
          [secrets]: "/run/plane-backup",
          [exports]: "/exports",
          ...(config.openclaw && { [openclawFolder(config)]: "/openclaw" }),
        },
        writable: { [archives]: "/archives" },
        networks: [platform.networks.backend],
        health: { command: `pg_isready -q && test -r /run/plane-backup/passphrase`, interval: 30 },
      },
      { parent: this, dependsOn: [files] },
    );
  }

  /** As the platform schedules its own dumps: by the host's cron (platform.md). */
  private schedule(): void {
    const { config, settings } = this.args;
    const [hour, minute] = settings.time.split(":").map(Number);
    const container = nameOf(config.prefix, BACKUP_CONTAINER);
    // Said where the container's own log is, which goes to Loki.
    const inside = "/opt/plane-backup/plane-backup run > /proc/1/fd/1 2> /proc/1/fd/2";
    const call = `docker exec ${container} bash -c ${shellQuote(inside)} || logger -t plane-backup failed`;
    new HostFiles(
      "backup-schedule",
      {
        host: config.docker,
        base: "/etc/cron.d",
        owner: ROOT,
        shared: [],
        folders: {},
        scratch: {},
        texts: {
          [`${config.prefix}-plane-backup`]: {
            mode: "644",
            // cron looks in /usr/bin and /bin alone, and Docker's own packages are not the only ones.
            text: `PATH=/usr/local/bin:/usr/bin:/bin\n${minute} ${hour} * * * root ${call}\n`,
          },
        },
        sources: {},
        links: {},
        absent: [],
      },
      { parent: this },
    );
  }
}
