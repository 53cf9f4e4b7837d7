import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { AGENTS, CONCIERGE } from "../agents.ts";
import type { PlaneOpsConfig } from "../config.ts";
import type { SmokeSpec } from "../providers/openclaw/smoke/index.ts";
import { HOOKS_TOKEN_VARIABLE, SANDBOX_IMAGE } from "../skills/plane-bridge/overlay.ts";
import type { Fleet } from "./fleet.ts";
import { HostFiles, ROOT, type TextFile } from "./hostFiles.ts";
import { OpenclawBackup } from "./openclaw/backup.ts";
import { gatewayContainer, gatewayVariables } from "./openclaw/container.ts";
import { GATEWAY_PORT, GATEWAY_TOKEN_VARIABLE } from "./openclaw/gatewayOverlay.ts";
import {
  CONFIGS,
  OPENCLAW_OWNER,
  openclawPlaces,
  PROFILE,
  PROXY_PROGRAM,
  SANDBOXES,
  SOCKETS,
  STATE,
  STATE_PARTS,
  sandboxPrefix,
  WORKSPACE,
} from "./openclaw/layout.ts";
import { type ReadyOpenclaw, restored } from "./openclaw/ready.ts";
import { OpenclawRelease } from "./openclaw/release.ts";
import { OpenclawScan } from "./openclaw/scan.ts";
import { seccompProfile } from "./openclaw/seccomp.ts";
import { smokeTools } from "./openclaw/smokeTools.ts";
import { PROXY_USER, type SandboxRules, socketProxyContainer } from "./openclaw/socketProxy.ts";
import { nameOf } from "./platform/names.ts";

export interface OpenClawArgs {
  config: PlaneOpsConfig;
  ready: ReadyOpenclaw;
  fleet: Fleet;
  /** Token of the bridge's hooks, for the gateway's environment. */
  hooksToken: Input<string>;
}

const MIB = 1024 * 1024;

/** The agents' gateway, in a version that can be taken back (OPENCLAW-UPG-01 to -15). */
export class OpenClaw extends ComponentResource {
  /** Token of the gateway. */
  readonly token: Output<string>;
  /** The version that runs. */
  readonly runs: Output<string>;
  private readonly args: OpenClawArgs;

  constructor(name: string, args: OpenClawArgs, options?: ComponentResourceOptions) {
    super("planeops:openclaw:OpenClaw", name, {}, options);
    this.args = args;

    const files = this.files();
    const proxy = this.proxy(files);
    this.token = this.gatewayToken();
    const scan = this.scan();
    const backup = this.backup([...files, proxy, scan]);
    const release = this.release(backup);
    this.runs = release.runs;

    this.registerOutputs();
  }

  private files(): Resource[] {
    const { config, ready } = this.args;
    const text = (content: string): TextFile => ({ mode: "644", text: content });
    const files = (name: string, owner: string, more: object) =>
      new HostFiles(
        name,
        {
          ...{ host: config.docker, base: config.root, owner, shared: ["configs", "data", CONFIGS] },
          ...{ folders: {}, scratch: {}, texts: {}, sources: {}, links: {}, absent: [] },
          ...more,
        },
        { parent: this },
      );
    return [
      files("openclaw-files", ROOT, {
        texts: {
          [PROXY_PROGRAM]: text(ready.socketProxy),
          ...(ready.settings.seccomp === "profile" && { [PROFILE]: text(`${seccompProfile()}\n`) }),
        },
      }),
      files("openclaw-sockets", PROXY_USER, { scratch: { [SOCKETS]: "750" } }),
    ];
  }

  /** The gateway's only way to Docker. */
  private proxy(files: Resource[]): Resource {
    const { config, ready, fleet } = this.args;
    const image = fleet.image(ready.plan.wanted.image, { parent: this });
    const { root } = config;
    const rules: SandboxRules = {
      prefix: sandboxPrefix(config),
      image: SANDBOX_IMAGE,
      network: nameOf(config.prefix, "sandbox"),
      workspaces: `${openclawPlaces(config).folder}/${SANDBOXES}`,
      user: OPENCLAW_OWNER,
      memory: 256 * MIB,
      cpus: 0.25,
      pids: 256,
    };
    const { groupAdd, memoryMb, entrypoint, command, user, cpus, mounts } = socketProxyContainer({
      image: ready.plan.wanted.image,
      programFile: `${root}/${PROXY_PROGRAM}`,
      folder: `${root}/${SOCKETS}`,
      socketGroup: ready.found.socketGroup,
      rules,
    });
    return fleet.apart(
      {
        ...{ name: "openclaw_docker", image, entrypoint, command, user, cpus, mounts },
        ...{ groups: groupAdd, memory: memoryMb, labels: {} },
      },
      { parent: this, dependsOn: files },
    );
  }

  private gatewayToken(): Output<string> {
    return new RandomPassword("openclaw-gateway-token", { length: 48, special: false }, { parent: this })
      .result;
  }

  private scan(): OpenclawScan {
    const { config, ready } = this.args;
    const { running } = ready.found;
    return new OpenclawScan(
      "openclaw-scan",
      {
        host: config.docker,
        releases: openclawPlaces(config).releases,
        wanted: ready.plan.wanted,
        running: running && { version: running.version, image: running.image },
        gate: ready.settings.scanGate,
      },
      { parent: this },
    );
  }

  /** After all else that a release needs: from here to the release nothing runs. */
  private backup(before: Resource[]): OpenclawBackup {
    const { config, ready } = this.args;
    const { running, left } = ready.found;
    const { backupDate, keep, version } = ready.settings;
    return new OpenclawBackup(
      "openclaw-backup",
      {
        host: config.docker,
        where: openclawPlaces(config),
        running: running && { version: running.version, imageId: running.imageId, ours: running.ours },
        left,
        wanted: version,
        ...(backupDate !== undefined && { date: backupDate }),
        keep,
      },
      { parent: this, dependsOn: before },
    );
  }

  private release(backup: OpenclawBackup): OpenclawRelease {
    const { config, ready } = this.args;
    const { settings, plan } = ready;
    const where = openclawPlaces(config);
    const from = restored(plan);
    return new OpenclawRelease(
      "openclaw",
      {
        host: config.docker,
        spec: gatewayContainer(config, settings, ready.found.client),
        environment: this.environment(),
        version: settings.version,
        configuration: ready.configuration,
        configurationFile: where.configFile,
        folders: this.folders(),
        where,
        rollbackState: plan.state,
        ...(from && { restoreFrom: from.name }),
        backup: backup.saved,
        adopt: config.adopt,
        sandboxes: sandboxPrefix(config),
        smoke: this.smoke(),
      },
      { parent: this },
    );
  }

  private folders() {
    const { folder } = openclawPlaces(this.args.config);
    const paths = [
      STATE,
      WORKSPACE,
      ...AGENTS.map(({ agentId }) => `${WORKSPACE}/${agentId}`),
      SANDBOXES,
      ...STATE_PARTS.map((part) => `state/${part}`),
    ];
    return paths.map((path) => ({ path: `${folder}/${path}`, mode: "755" }));
  }

  private environment(): Record<string, Input<string>> {
    const { config, ready, hooksToken } = this.args;
    return {
      ...gatewayVariables(config, ready.settings),
      [GATEWAY_TOKEN_VARIABLE]: this.token,
      [HOOKS_TOKEN_VARIABLE]: hooksToken,
    };
  }

  private smoke(): SmokeSpec {
    const { config, ready } = this.args;
    const { settings, plan } = ready;
    const idOf = (agentId: string) =>
      AGENTS.find((agent) => agent.agentId === agentId)?.openclawId ?? agentId;
    return {
      container: plan.container,
      port: GATEWAY_PORT,
      version: settings.version,
      user: OPENCLAW_OWNER,
      tools: smokeTools(),
      agents: { concierge: idOf(CONCIERGE), imhotep: idOf("imhotep") },
      services: { ...settings.services },
      spawn: plan.spawn,
      folders: [`${openclawPlaces(config).folder}/${WORKSPACE}`],
    };
  }
}
