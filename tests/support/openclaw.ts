import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { AGENTS } from "../../agents.ts";
import type { BridgeSettings } from "../../skills/plane-bridge/core/config.ts";
import {
  HOOKS_TOKEN_VARIABLE,
  type OpenclawVersion,
  openclawOverlay,
} from "../../skills/plane-bridge/overlay.ts";
import { BridgeHome, type Ended } from "./bridgeHome.ts";
import { buildBusyboxImage } from "./busybox-image.ts";
import { freePort } from "./freePort.ts";
import { installOpenclaw } from "./openclawInstall.ts";
import type { ScriptedModel } from "./openclawModel.ts";

export interface GatewayOptions {
  version: OpenclawVersion;
  /** Of Plane. */
  url: string;
  /** Of Plane, by agent id. */
  tokens: Record<string, string>;
  /** Settings of the bridge over the defaults of {@link BridgeHome}. */
  bridge?: Partial<BridgeSettings>;
  /** What the agents think with; without it no agent can run. */
  model?: ScriptedModel;
  /** Parts of openclaw.json over the project's own overlay. */
  config?: Json;
  environment?: Record<string, string>;
}

export type Json = { [key: string]: unknown };

/** Image of the agents' sandboxes, of this process alone. */
const SANDBOX_IMAGE = `plane-ops-test-sandbox:${process.pid}`;

/** A cold start takes half a minute on two cores. */
const READY_WITHIN_MS = 120_000;
const FOUND_WITHIN_MS = 180_000;

/** Gateways of this process that still run; they end with it, however it ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Builds the image of the agents' sandboxes, before a gateway's first agent runs. */
export function buildSandboxImage(): void {
  buildBusyboxImage(SANDBOX_IMAGE);
}

export async function removeSandboxImage(): Promise<void> {
  await new Docker().getImage(SANDBOX_IMAGE).remove();
}

/** A real gateway of OpenClaw with the bridge in it, as the overlay installs it, in a folder of its own. */
export class Gateway {
  readonly url: string;
  readonly home: BridgeHome;
  /** Secret of the relay's events. */
  readonly eventsSecret: string;
  readonly #program: string;
  readonly #token: string;
  readonly #sandboxes: string;
  readonly #env: Record<string, string>;
  readonly #log: string;
  readonly #process: ChildProcess;

  private constructor(
    parts: {
      url: string;
      home: BridgeHome;
      eventsSecret: string;
      program: string;
      token: string;
      sandboxes: string;
    },
    env: Record<string, string>,
  ) {
    this.url = parts.url;
    this.home = parts.home;
    this.eventsSecret = parts.eventsSecret;
    this.#program = parts.program;
    this.#token = parts.token;
    this.#sandboxes = parts.sandboxes;
    this.#env = env;
    this.#log = join(this.home.folder, "gateway.log");
    const log = openSync(this.#log, "a");
    this.#process = spawn(process.execPath, [this.#program, "gateway"], {
      cwd: this.home.folder,
      env,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    running.add(this.#process);
    this.#process.once("exit", () => running.delete(this.#process));
  }

  /** Starts a gateway and waits until the plugin's own route answers, be it that it refuses to work. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const [program, port] = await Promise.all([installOpenclaw(options.version), freePort()]);
    const home = await BridgeHome.create(options.url, options.tokens);
    const url = `http://127.0.0.1:${port}`;
    const [token, hooksToken, eventsSecret] = [secret(), secret(), secret()];
    const settings: BridgeSettings = {
      ...home.settings,
      polling: "off",
      wake: { url: `${url}/hooks`, tokenFile: home.write("secrets/hooks", hooksToken) },
      eventsSecretFile: home.write("secrets/events", eventsSecret),
      ...options.bridge,
    };
    const configFile = home.write("config.json", JSON.stringify(settings));
    const state = join(home.folder, "openclaw");
    mkdirSync(state, { recursive: true });
    const sandboxes = `plane-ops-sandbox-${port}-`;
    const overlay = openclawOverlay(options.version, AGENTS, {
      plugin: home.folder,
      configFile,
      sandboxNetwork: "none",
    });
    const sandbox = { docker: { image: SANDBOX_IMAGE, containerPrefix: sandboxes } };
    const list = AGENTS.map(({ openclawId: id }) => ({ id, sandbox }));
    const config = [overlay, { agents: { defaults: { sandbox }, list } }, options.config ?? {}].reduce(
      merged,
      baseConfig(home.folder, port, token, options.model?.url),
    );
    const openclawJson = home.write("openclaw/openclaw.json", JSON.stringify(config));
    const gateway = new Gateway(
      { url, home, eventsSecret, program, token, sandboxes },
      {
        PATH: process.env["PATH"] ?? "",
        HOME: home.folder,
        OPENCLAW_STATE_DIR: state,
        OPENCLAW_CONFIG_PATH: openclawJson,
        // It would start itself again as a child, with other options of Node.
        OPENCLAW_NO_RESPAWN: "1",
        [HOOKS_TOKEN_VARIABLE]: hooksToken,
        ...options.environment,
      },
    );
    try {
      await gateway.#ready();
    } catch (error) {
      await gateway.stop();
      throw error;
    }
    return gateway;
  }

  /** What the gateway printed. */
  logs(): string {
    return readFileSync(this.#log, "utf8");
  }

  /** A route of the plugin's. */
  async get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.url}${path}`);
    return { status: response.status, text: await response.text() };
  }

  /** What the relay signs a body with. */
  sign(body: string): string {
    return createHmac("sha256", this.eventsSecret).update(body).digest("hex");
  }

  /** Tells the plugin of an event, as the relay does; returns the status of the answer. */
  async tell(body: string, signature = this.sign(body)): Promise<number> {
    const response = await this.#post("/plane-bridge/events", body, signature);
    await response.body?.cancel();
    return response.status;
  }

  /** Asks the plugin to pause an agent, or `all`, or to end that, as n8n does; returns who is paused then. */
  async pause(agent: string, paused: boolean): Promise<unknown> {
    const body = JSON.stringify({ agent, paused, at: new Date().toISOString() });
    return (await this.#post("/plane-bridge/pause", body, this.sign(body))).json();
  }

  #post(path: string, body: string, signature: string): Promise<Response> {
    const headers = { "x-plane-bridge-signature": signature };
    return fetch(`${this.url}${path}`, { method: "POST", body, headers });
  }

  /** What there is after some time; an agent's run takes seconds. */
  async until<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + FOUND_WITHIN_MS;
    for (;;) {
      const found = await find();
      if (found !== undefined) return found;
      assert.ok(Date.now() < deadline, `${what} does not come:\n${this.logs()}`);
      await sleep(200);
    }
  }

  /**
   * Runs a tool as an agent, without a model.
   * @param agent OpenClaw's id.
   */
  async invoke(agent: string, tool: string, args: object = {}): Promise<Invoked> {
    const response = await fetch(`${this.url}/tools/invoke`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: JSON.stringify({ tool, args, sessionKey: `agent:${agent}:main` }),
    });
    const body = (await response.json()) as {
      result?: { content: { text: string }[]; details: unknown };
      error?: { message: string };
    };
    const { result, error } = body;
    return {
      status: response.status,
      text: result?.content.map((part) => part.text).join("") ?? error?.message ?? "",
      details: result?.details,
    };
  }

  /** A command of OpenClaw's, with this gateway's configuration. */
  async cli(...args: string[]): Promise<Ended> {
    const child = spawn(process.execPath, [this.#program, ...args], {
      cwd: this.home.folder,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(child);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    running.delete(child);
    return { code, stdout, stderr };
  }

  /** What a command prints with `--json`; log lines may come before it (contracts/openclaw). */
  async json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.cli(...args, "--json");
    assert.equal(code, 0, `${args.join(" ")}:\n${stdout}\n${stderr}`);
    return JSON.parse(stdout.slice(stdout.search(/^[{[]$/m))) as T;
  }

  /** Makes the gateway start anew within its process, and waits until it answers again. */
  restart(): Promise<void> {
    return this.restartsBy(() => this.#process.kill("SIGUSR1"));
  }

  /** Does something that makes the gateway start anew within its process, and waits until it answers again. */
  async restartsBy(cause: () => void): Promise<void> {
    const before = this.logs().length;
    cause();
    await this.until("the end of the old gateway", () =>
      this.logs().includes("restart mode: in-process restart", before) ? true : undefined,
    );
    await this.#ready();
  }

  /** Ends the gateway, and removes its sandboxes and its folder. */
  async stop(): Promise<void> {
    await this.#end();
    const docker = new Docker();
    const left = await docker.listContainers({ all: true, filters: { name: [this.#sandboxes] } });
    await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true })));
    rmSync(this.home.folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const late = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
    await exited;
    clearTimeout(late);
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const status = await this.get("/healthz").then(
        ({ status }) => status,
        () => 0,
      );
      if (status === 200 || status === 503) return;
      assert.ok(
        this.#process.exitCode === null && Date.now() < deadline,
        `the gateway does not start:\n${this.logs()}`,
      );
      await sleep(100);
    }
  }
}

/** What `POST /tools/invoke` answered. */
export interface Invoked {
  status: number;
  /** What a model would read, or why there was no tool. */
  text: string;
  details: unknown;
}

/** What an operator's own openclaw.json has; nothing in it is the bridge's. */
export function baseConfig(folder: string, port: number, token: string, model: string | undefined): Json {
  const list = AGENTS.map(({ openclawId }) => ({
    id: openclawId,
    default: openclawId === "concierge",
    workspace: join(folder, "workspaces", openclawId),
  }));
  for (const { workspace } of list) mkdirSync(workspace, { recursive: true });
  return {
    gateway: {
      mode: "local",
      port,
      bind: "loopback",
      auth: { mode: "token", token },
      controlUi: { enabled: false },
    },
    logging: { file: join(folder, "openclaw/openclaw.log") },
    update: { checkOnStart: false },
    discovery: { mdns: { mode: "off" } },
    browser: { enabled: false },
    canvasHost: { enabled: false },
    plugins: { slots: { memory: "none" } },
    agents: {
      defaults: { skipBootstrap: true, heartbeat: { every: "0m" }, model: { primary: "scripted/scripted" } },
      list,
    },
    models: {
      mode: "replace",
      providers: {
        scripted: {
          baseUrl: model ?? "http://127.0.0.1:9/v1",
          apiKey: "none",
          api: "openai-completions",
          models: [{ id: "scripted", name: "scripted", contextWindow: 128_000, maxTokens: 4096 }],
        },
      },
    },
  };
}

/** Both together: objects key by key, lists of agents by id; else the second. */
export function merged(one: Json, two: Json): Json {
  const result = { ...one };
  for (const [key, value] of Object.entries(two)) {
    const known = result[key];
    if (isObject(known) && isObject(value)) result[key] = merged(known, value);
    else if (key === "list" && Array.isArray(known))
      result[key] = mergedById(known as Json[], value as Json[]);
    else result[key] = value;
  }
  return result;
}

function mergedById(one: Json[], two: Json[]): Json[] {
  return one.map((item) => merged(item, two.find(({ id }) => id === item["id"]) ?? {}));
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function secret(): string {
  return randomBytes(24).toString("hex");
}
