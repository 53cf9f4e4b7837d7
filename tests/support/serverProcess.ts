import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface ServerProcessOptions {
  command: string;
  args: string[];
  folder: string;
  /** All of it but PATH. */
  env: Record<string, string>;
  /** A file, which is added to. */
  log: string;
  /** Answers well from when the server works. */
  health: string;
}

const READY_WITHIN_MS = 180_000;

/** Processes of this one that still run; they end with it, however it ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A server as a process of this machine. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #log: string;

  private constructor({ command, args, folder, env, log }: ServerProcessOptions) {
    this.#log = log;
    const output = openSync(log, "a");
    this.#child = spawn(command, args, {
      cwd: folder,
      // PATH and nothing else of this process: a proxy or a NODE_OPTIONS of the tests is not the server's.
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    running.add(this.#child);
    this.#child.once("exit", () => running.delete(this.#child));
  }

  /** Starts it and waits until it works. */
  static async start(options: ServerProcessOptions): Promise<ServerProcess> {
    const server = new ServerProcess(options);
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await isWell(options.health))) {
      if (server.#hasEnded() || Date.now() > deadline) {
        await server.stop();
        assert.fail(`${options.args[0]} does not start:\n${server.logs()}`);
      }
      await sleep(100);
    }
    return server;
  }

  /** Memory in MiB that it and its children hold, by /proc. */
  residentMiB(): number {
    const of = (pid: number): number => {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const kibibytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
      const ofChildren = children === "" ? [] : children.split(" ").map((child) => of(Number(child)));
      return ofChildren.reduce((sum, each) => sum + each, kibibytes / 1024);
    };
    return Math.round(of(this.#child.pid ?? 0));
  }

  /** What it printed, also before this start of it. */
  logs(): string {
    return readFileSync(this.#log, "utf8");
  }

  /** Asks it to end, and waits until it has. */
  async stop(): Promise<void> {
    if (this.#hasEnded()) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 15_000);
    await exited;
    clearTimeout(late);
  }

  #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}

async function isWell(url: string): Promise<boolean> {
  return fetch(url).then(
    async ({ ok, body }) => {
      await body?.cancel();
      return ok;
    },
    () => false,
  );
}
