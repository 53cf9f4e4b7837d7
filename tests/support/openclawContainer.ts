import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { AGENTS } from "../../agents.ts";
import { seccompOption } from "../../components/openclaw/seccomp.ts";
import { GATEWAY_DOCKER_HOST, SOCKET_FOLDER } from "../../components/openclaw/socketProxy.ts";
import { hookName } from "../../skills/plane-bridge/core/hook.ts";
import {
  HOOKS_PATH,
  HOOKS_TOKEN_VARIABLE,
  type OpenclawVersion,
  openclawOverlay,
} from "../../skills/plane-bridge/overlay.ts";
import { BridgeHome, type Ended } from "./bridgeHome.ts";
import { baseConfig, type Json, merged } from "./openclaw.ts";
import { openclawImage, sandboxImage } from "./openclawImage.ts";
import { ScriptedModel } from "./openclawModel.ts";
import { SocketProxy } from "./socketProxy.ts";

const READY_WITHIN_MS = 150_000;
const FOUND_WITHIN_MS = 120_000;
const PORT = 18789;

/**
 * A gateway in a container as the platform has it: networks backend and sandbox, both internal, user 1000, three
 * capabilities, Docker behind the proxy only. The model that its agents think with runs on this machine.
 */
export class ContainedGateway {
  readonly name: string;
  readonly networks: { backend: string; sandbox: string };
  readonly model: ScriptedModel;
  readonly home: BridgeHome;
  readonly container: Docker.Container;
  readonly #hooksToken = secret();
  readonly #proxyHome = mkdtempSync(join(tmpdir(), "plane-ops-proxy-"));
  #proxy: SocketProxy | undefined;
  #address = "";

  private constructor(name: string, model: ScriptedModel, home: BridgeHome) {
    this.name = name;
    this.networks = networksOf(name);
    this.model = model;
    this.home = home;
    this.container = new Docker().getContainer(name);
  }

  /** With a concierge that may spawn every other agent. */
  static async start(version: OpenclawVersion, choice: "default" | "profile"): Promise<ContainedGateway> {
    const name = `plane-ops-gateway-${process.pid}-${choice}`;
    const docker = new Docker();
    const networks = networksOf(name);
    for (const network of Object.values(networks)) {
      await docker.createNetwork({ Name: network, Internal: true });
    }
    const backend = await docker.getNetwork(networks.backend).inspect();
    const model = await ScriptedModel.start(backend.IPAM?.Config?.[0]?.Gateway);
    const home = await BridgeHome.create("http://plane-api:8000", {});
    const gateway = new ContainedGateway(name, model, home);
    try {
      await gateway.#run(version, choice);
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  async #run(version: OpenclawVersion, choice: "default" | "profile"): Promise<void> {
    const { name, networks, home, model } = this;
    const image = await openclawImage(version);
    const state = join(home.folder, "openclaw");
    const prefix = `${name}-sbx-`;
    this.#proxy = await SocketProxy.start(`${name}-docker`, this.#proxyHome, image, {
      prefix,
      image: await sandboxImage(),
      network: networks.sandbox,
      workspaces: join(state, "sandboxes"),
      user: "1000:1000",
      memory: 256 * 1024 * 1024,
      cpus: 0.25,
      pids: 256,
    });
    const configFile = home.write("config.json", JSON.stringify({ ...home.settings, polling: "off" }));
    const paths = { plugin: home.folder, configFile, sandboxNetwork: networks.sandbox };
    const config = [
      openclawOverlay(version, AGENTS, paths),
      { gateway: { bind: "lan" } },
      prefixed(prefix),
      { agents: { list: [{ id: "concierge", subagents: { allowAgents: ["*"] } }] } },
    ].reduce(merged, baseConfig(home.folder, PORT, secret(), model.url));
    home.write("openclaw/openclaw.json", JSON.stringify(config));
    execFileSync("chown", ["-R", "1000:1000", home.folder]);
    const seccomp = seccompOption(choice);
    const memory = 1536 * 1024 * 1024;
    await new Docker().createContainer({
      name,
      Image: image,
      User: "1000:1000",
      Env: [
        `HOME=${home.folder}`,
        `OPENCLAW_STATE_DIR=${state}`,
        `${HOOKS_TOKEN_VARIABLE}=${this.#hooksToken}`,
        `DOCKER_HOST=${GATEWAY_DOCKER_HOST}`,
        "OPENCLAW_NO_RESPAWN=1",
        // A cold start compiles every plugin: 640 MB of heap were too few in two of three.
        "NODE_OPTIONS=--max-old-space-size=1024",
      ],
      HostConfig: {
        NetworkMode: networks.backend,
        CapDrop: ["ALL"],
        CapAdd: ["CHOWN", "SETGID", "SETUID"],
        SecurityOpt: ["no-new-privileges:true", ...(seccomp === undefined ? [] : [seccomp])],
        Memory: memory,
        MemorySwap: memory,
        Binds: [
          `${home.folder}:${home.folder}`,
          `${this.#proxy.folder}:${SOCKET_FOLDER}`,
          "/usr/bin/docker:/usr/bin/docker:ro",
        ],
      },
    });
    await this.container.start();
    const { NetworkSettings } = await this.container.inspect();
    this.#address = `http://${NetworkSettings.Networks[networks.backend]?.IPAddress}:${PORT}`;
    await this.#ready();
  }

  /** Wakes an agent with a message, by the bridge's hook. */
  async wake(openclawId: string, message: string): Promise<void> {
    const response = await fetch(`${this.#address}${HOOKS_PATH}/${hookName(openclawId)}`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#hooksToken}`, "content-type": "application/json" },
      body: JSON.stringify({ message }),
    });
    assert.ok(response.ok, `${response.status} ${await response.text()}`);
  }

  /** A command in the gateway's container, as its user. */
  async exec(...command: string[]): Promise<Ended> {
    return inContainer(this.name, command);
  }

  /** OpenClaw's record of the sub-agents; nothing while it is being written, for OpenClaw writes it in place. */
  subagents(): Subagent[] | undefined {
    const file = join(this.home.folder, "openclaw/subagents/runs.json");
    if (!existsSync(file)) return [];
    try {
      const { runs } = JSON.parse(readFileSync(file, "utf8")) as { runs: Record<string, Subagent> };
      return Object.values(runs);
    } catch {
      return undefined;
    }
  }

  /** What there is after some time. */
  async until<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + FOUND_WITHIN_MS;
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      assert.ok(Date.now() < deadline, `${what} does not come:\n${await this.logs()}`);
      await sleep(200);
    }
  }

  async logs(): Promise<string> {
    const logs = await this.container.logs({ stdout: true, stderr: true, tail: 60 });
    return `${logs}\n${await this.#proxy?.logs()}`;
  }

  /** Removes the container, its sandboxes, networks and folders. */
  async stop(): Promise<void> {
    const docker = new Docker();
    this.model.stop();
    for (const { Id } of await docker.listContainers({ all: true, filters: { name: [this.name] } })) {
      await docker.getContainer(Id).remove({ force: true });
    }
    for (const network of Object.values(this.networks)) await docker.getNetwork(network).remove();
    this.home.remove();
    rmSync(this.#proxyHome, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const answer = await fetch(`${this.#address}/healthz`).catch(() => undefined);
      if (answer?.status === 200 || answer?.status === 503) return;
      const { State } = await this.container.inspect();
      assert.ok(State.Running && Date.now() < deadline, `the gateway does not start:\n${await this.logs()}`);
      await sleep(250);
    }
  }
}

/** One entry of `subagents/runs.json`. */
export interface Subagent {
  task: string;
  childSessionKey: string;
  outcome?: { status: string };
}

/** Runs a command in a container, as its user. */
export function inContainer(name: string, command: string[]): Ended {
  try {
    const stdout = execFileSync("docker", ["exec", name, ...command], { encoding: "utf8", stdio: "pipe" });
    return { code: 0, stdout, stderr: "" };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, stdout, stderr };
  }
}

function secret(): string {
  return randomBytes(24).toString("hex");
}

function networksOf(name: string) {
  return { backend: `${name}-backend`, sandbox: `${name}-sandbox` };
}

/** In the list too, as the overlay has it. */
function prefixed(containerPrefix: string): Json {
  const sandbox = { docker: { containerPrefix } };
  return { agents: { defaults: { sandbox }, list: AGENTS.map(({ openclawId: id }) => ({ id, sandbox })) } };
}
