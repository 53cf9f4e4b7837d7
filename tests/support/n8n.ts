import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SCOPES } from "../../providers/n8n/client.ts";
import { create as createOwner, type OwnerInputs, type OwnerOutputs } from "../../providers/n8n/owner.ts";
import { freePort } from "./freePort.ts";
import { installN8n } from "./n8nInstall.ts";
import { ServerProcess } from "./serverProcess.ts";

export interface N8nOptions {
  /** Of this machine; containers reach the one of their network's bridge. */
  address?: string;
  /** Over what keeps it from calling out. */
  environment?: Record<string, string>;
}

/** Production: else errors carry stack traces. The rest keeps it from calling out (contracts/n8n). */
const QUIET = {
  NODE_ENV: "production",
  N8N_DISABLED_MODULES: "mcp-registry,instance-ai,agents,chat-hub,mcp",
  N8N_DIAGNOSTICS_ENABLED: "false",
  N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
  N8N_TEMPLATES_ENABLED: "false",
  N8N_COMMUNITY_PACKAGES_ENABLED: "false",
  N8N_LICENSE_AUTO_RENEW_ENABLED: "false",
  N8N_PERSONALIZATION_ENABLED: "false",
};

/** A real n8n as a process of this machine, with SQLite, an owner and an API key, in a folder of its own. */
export class N8n {
  /** Holds its database, its encryption key and its log. */
  readonly folder = mkdtempSync(join(tmpdir(), "n8n-"));
  readonly url: string;
  /** Who it belongs to, with the key that {@link apiKey} is the value of. */
  readonly owner: OwnerInputs;
  readonly #log = join(this.folder, "n8n.log");
  readonly #program: string;
  readonly #env: Record<string, string>;
  #apiKey = "";
  #process: ServerProcess | undefined;

  private constructor(program: string, url: URL, env: Record<string, string>) {
    this.#program = program;
    this.url = url.origin;
    this.owner = {
      ...{ url: this.url, email: "owner@example.test", label: "tests" },
      password: `Aa1-${randomBytes(12).toString("hex")}`,
      scopes: [...SCOPES, "execution:read", "execution:list"],
    };
    this.#env = {
      HOME: this.folder,
      N8N_USER_FOLDER: this.folder,
      N8N_LISTEN_ADDRESS: url.hostname,
      N8N_HOST: url.hostname,
      N8N_PORT: url.port,
      // For the owner's set-up, which is not behind TLS here.
      N8N_SECURE_COOKIE: "false",
      ...QUIET,
      ...env,
    };
  }

  /** Starts it and waits until its API answers. The first start installs n8n, which takes minutes. */
  static async start({ address = "127.0.0.1", environment = {} }: N8nOptions = {}): Promise<N8n> {
    const program = await installN8n();
    const [port, brokerPort] = await Promise.all([freePort(), freePort()]);
    const url = new URL(`http://${address}:${port}`);
    const n8n = new N8n(program, url, { N8N_RUNNERS_BROKER_PORT: `${brokerPort}`, ...environment });
    try {
      await n8n.#run();
      n8n.#apiKey = ((await createOwner(n8n.owner)).outs as OwnerOutputs).apiKey;
    } catch (error) {
      await n8n.stop();
      throw error;
    }
    return n8n;
  }

  /** Of the owner, with the scopes that the deployment of workflows needs. */
  get apiKey(): string {
    return this.#apiKey;
  }

  /** A request with the API key, to any path: `/api/v1/...` is the public API, `/webhook/...` a workflow's. */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("x-n8n-api-key", this.#apiKey);
    if (init.body !== undefined && !headers.has("content-type")) {
      headers.set("content-type", "application/json");
    }
    return fetch(`${this.url}${path}`, { ...init, headers });
  }

  /** Memory in MiB that n8n and its task runner hold. */
  residentMiB(): number {
    return this.#process?.residentMiB() ?? 0;
  }

  /** What it printed since the first start. */
  logs(): string {
    return readFileSync(this.#log, "utf8");
  }

  /** Ends the process and starts it again on its data, at the same address. */
  async restart(): Promise<void> {
    await this.#process?.stop();
    await this.#run();
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    this.#process = await ServerProcess.start({
      command: process.execPath,
      args: [this.#program, "start"],
      folder: this.folder,
      env: this.#env,
      log: this.#log,
      // Its `/healthz` says 200 from the first moment on, when every other path says that n8n is starting.
      health: `${this.url}/healthz/readiness`,
    });
  }
}
