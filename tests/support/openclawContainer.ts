import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
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
  readonly prefix: string;
  readonly networks: { backend: string; sandbox: string };
  readonly home: BridgeHome;
  readonly model: ScriptedModel;
  readonly container: Docker.Container;
  readonly #proxyHome: string;
  readonly #proxy: SocketProxy;
  readonly #hooksToken: string;
  readonly #address: string;

  private constructor(parts: {
    name: string;
    home: BridgeHome;
    model: ScriptedModel;
    container: Docker.Container;
    proxyHome: string;
    proxy: SocketProxy;
    hooksToken: string;
    address: string;
  }) {
    this.name = parts.name;
    this.prefix = `${parts.name}-sbx-`;
    this.networks = networksOf(parts.name);
    this.home = parts.home;
    this.model = parts.model;
    this.container = parts.container;
    this.#proxyHome = parts.proxyHome;
    this.#proxy = parts.proxy;
    this.#hooksToken = parts.hooksToken;
    this.#address = parts.address;
  }

  /** @param config parts of openclaw.json over the project's own overlay. */
  static async start(version: OpenclawVersion, config: Json = {}): Promise<ContainedGateway> {
    const name = `plane-ops-gateway-${process.pid}`;
    const docker = new Docker();
    const image = await openclawImage(version);
    const sandbox = await sandboxImage();
    const networks = networksOf(name);
    for (const network of Object.values(networks)) {
      await docker.createNetwork({ Name: network, Internal: true });
    }
    const backend = await docker.getNetwork(networks.backend).inspect();
    const model = await ScriptedModel.start(backend.IPAM?.Config?.[0]?.Gateway);
    const home = await BridgeHome.create("http://plane-api:8000", {});
    const state = join(home.folder, "openclaw");
    const proxyHome = mkdtempSync(join(tmpdir(), "plane-ops-proxy-"));
    const limits = { memory: 256 * 1024 * 1024, cpus: 0.25, pids: 256 };
    const proxy = await SocketProxy.start(`${name}-docker`, proxyHome, image, {
      prefix: `${name}-sbx-`,
      image: sandbox,
      network: networks.sandbox,
      workspaces: join(state, "sandboxes"),
      user: "1000:1000",
      ...limits,
    });
    const [token, hooksToken] = [randomBytes(24).toString("hex"), randomBytes(24).toString("hex")];
    const configFile = home.write("config.json", JSON.stringify({ ...home.settings, polling: "off" }));
    mkdirSync(state);
    home.write(
      "openclaw/openclaw.json",
      JSON.stringify(
        [
          openclawOverlay(version, AGENTS, {
            plugin: home.folder,
            configFile,
            sandboxNetwork: networks.sandbox,
          }),
          { gateway: { bind: "lan" } },
          prefixed(`${name}-sbx-`),
          config,
        ].reduce(merged, baseConfig(home.folder, PORT, token, model.url)),
      ),
    );
    execFileSync("chown", ["-R", "1000:1000", home.folder]);
    const seccomp = seccompOption("profile");
    const container = await docker.createContainer({
      name,
      Image: image,
      User: "1000:1000",
      Env: [
        `HOME=${home.folder}`,
        `OPENCLAW_STATE_DIR=${state}`,
        `${HOOKS_TOKEN_VARIABLE}=${hooksToken}`,
        `DOCKER_HOST=${GATEWAY_DOCKER_HOST}`,
        "OPENCLAW_NO_RESPAWN=1",
        "NODE_OPTIONS=--max-old-space-size=1024",
      ],
      HostConfig: {
        NetworkMode: networks.backend,
        CapDrop: ["ALL"],
        CapAdd: ["CHOWN", "SETGID", "SETUID"],
        SecurityOpt: ["no-new-privileges:true", ...(seccomp === undefined ? [] : [seccomp])],
        Memory: 1536 * 1024 * 1024,
        MemorySwap: 1536 * 1024 * 1024,
        Binds: [
          `${home.folder}:${home.folder}`,
          `${proxy.folder}:${SOCKET_FOLDER}`,
          "/usr/bin/docker:/usr/bin/docker:ro",
        ],
      },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const address = `http://${NetworkSettings.Networks[networks.backend]?.IPAddress}:${PORT}`;
    const parts = { name, home, model, container, proxyHome, proxy, hooksToken, address };
    const gateway = new ContainedGateway(parts);
    try {
      await gateway.#ready();
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
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
    return `${logs}\n${await this.#proxy.logs()}`;
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

function networksOf(name: string) {
  return { backend: `${name}-backend`, sandbox: `${name}-sandbox` };
}

/** In the list too, as the overlay has it. */
function prefixed(containerPrefix: string): Json {
  const sandbox = { docker: { containerPrefix } };
  return { agents: { defaults: { sandbox }, list: AGENTS.map(({ openclawId: id }) => ({ id, sandbox })) } };
}
