import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { AGENTS, CONCIERGE } from "../../agents.ts";
import { TOKEN_ACCOUNTS } from "../../config.ts";
import { bundlePlugin, PLUGIN } from "../../skills/plane-bridge/bundle.ts";
import type { BridgeSettings } from "../../skills/plane-bridge/core/config.ts";
import type { InProcessEngine } from "./inProcessEngine.ts";
import { insideConfig } from "./insidePlane.ts";

/** How a program ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The bridge as an installation has it, in a folder of its own: the bundle, its configuration, and token files. */
export class BridgeHome {
  readonly folder = mkdtempSync(join(tmpdir(), "plane-bridge-"));
  readonly settings: BridgeSettings;

  private constructor(settings: (folder: string) => BridgeSettings) {
    this.settings = settings(this.folder);
  }

  /** As {@link configured}, with the bundle. */
  static async create(...args: Parameters<typeof BridgeHome.configured>): Promise<BridgeHome> {
    const home = BridgeHome.configured(...args);
    await home.install();
    return home;
  }

  /**
   * Configuration and tokens alone.
   * @param url of Plane.
   * @param tokens by agent id.
   * @param more settings over those of a bridge that nothing slows down.
   */
  static configured(
    url: string,
    tokens: Record<string, string>,
    more: Partial<BridgeSettings> = {},
  ): BridgeHome {
    const { workspace, adminEmail } = insideConfig(url);
    const home = new BridgeHome((folder) => ({
      url,
      publicUrl: "https://work.javisi.test",
      storeUrl: url,
      workspace: workspace.slug,
      agents: AGENTS.map((agent) => ({ ...agent, email: `${agent.agentId}@javisi.local` })),
      concierge: CONCIERGE,
      people: [
        { email: adminEmail, role: 20 },
        { email: "n8n@javisi.local", role: 15 },
      ],
      tokens: join(folder, "tokens"),
      state: join(folder, "state"),
      requestsPerSecond: 10_000,
      rateLimit: 1_000_000,
      ...more,
    }));
    home.write("config.json", JSON.stringify(home.settings));
    for (const [account, token] of Object.entries(tokens)) home.write(`tokens/${account}`, token);
    return home;
  }

  /** Writes the plugin's folder. */
  async install(): Promise<void> {
    for (const [path, text] of Object.entries(await bundlePlugin())) this.write(path, text);
  }

  /** The bundle, which is also a program. */
  get program(): string {
    return join(this.folder, `${PLUGIN}.mjs`);
  }

  /** Environment of a program that is used as an agent. */
  env(agentId: string): Record<string, string> {
    return {
      PATH: process.env["PATH"] ?? "",
      PLANE_BRIDGE_CONFIG: join(this.folder, "config.json"),
      PLANE_BRIDGE_TOKEN_FILE: join(this.folder, "tokens", agentId),
      PLANE_OPS_RETRY_SCALE: process.env["PLANE_OPS_RETRY_SCALE"] ?? "1",
    };
  }

  /** Runs the program as an agent; `environment` goes over what it gets. */
  async run(
    args: string[],
    {
      agent,
      input = "",
      environment = {},
    }: { agent: string; input?: string; environment?: Record<string, string> },
  ): Promise<Ended> {
    const env = { ...this.env(agent), ...environment };
    const child = spawn(process.execPath, [this.program, ...args], { cwd: this.folder, env });
    child.stdin.end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  }

  /** Writes a file that only its owner reads; returns where. */
  write(path: string, content: string | Uint8Array): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Tokens that a bring-up has made, by account. */
export function tokensOf({ state }: InProcessEngine): Record<string, string> {
  return Object.fromEntries(TOKEN_ACCOUNTS.map((account) => [account, tokenOf(state, account)]));
}

function tokenOf(state: InProcessEngine["state"], account: string): string {
  return String(state.get(`plane-token-${account}`)?.outs["token"] ?? assert.fail(account));
}
