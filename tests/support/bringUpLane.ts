import assert from "node:assert/strict";
import { type ChildProcess, execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { insideSettings } from "./insidePlane.ts";
import { PlaneServer, type RecordedCall, type World } from "./planeServer.ts";
import { type Run, TestStack } from "./stack.ts";

/**
 * Who is killed. `engine`: the CLI alone, so that the language host and the providers are orphaned and end by
 * themselves; `all`: every process of the run, as when the machine dies.
 */
export type Killed = "engine" | "all";

const ENDS_WITHIN_MS = 120_000;
const POLL_MS = 10;

/** One Plane and one stack that brings up its inside again and again, from nothing, on the real engine. */
export class BringUpLane {
  readonly server: PlaneServer;
  readonly stack: TestStack;
  readonly #pristine: string;
  readonly #orphans = new Set<number>();

  private constructor(server: PlaneServer, stack: TestStack) {
    this.server = server;
    this.stack = stack;
    this.#pristine = join(stack.directory, "pristine");
    cpSync(this.#state, this.#pristine, { recursive: true });
  }

  static async open(name: string): Promise<BringUpLane> {
    const server = await PlaneServer.start({ apiRateLimit: 100_000 });
    try {
      return new BringUpLane(server, await TestStack.create(name, insideSettings(server.url)));
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** What a bring-up that nothing disturbs makes, and in how many calls. */
  async undisturbed(): Promise<{ world: World; calls: number }> {
    await this.fresh();
    const { code, text } = await this.stack.up();
    if (code !== 0) throw new Error(text);
    return { world: await this.server.world(), calls: (await this.server.calls()).length };
  }

  /** An empty Plane, and a stack that knows of nothing. */
  async fresh(): Promise<void> {
    await this.killOrphans();
    await this.server.reset();
    rmSync(this.#state, { recursive: true });
    cpSync(this.#pristine, this.#state, { recursive: true });
  }

  /**
   * Starts `up` and kills it as soon as the calls that Plane has seen are such; a run that ends before is not killed.
   * @returns how many calls Plane had seen by then.
   */
  async killWhen(
    due: (calls: RecordedCall[]) => boolean,
    killed: Killed,
    environment: NodeJS.ProcessEnv = {},
  ): Promise<number> {
    const engine = this.stack.startUp(environment);
    const exited = once(engine, "exit");
    const seen = await this.#until(due, engine);
    // Plugins are no part of the engine's process group: each has one of its own.
    for (const pid of descendantsOf(engine.pid ?? 0)) this.#orphans.add(pid);
    engine.kill("SIGKILL");
    if (killed === "all") await this.killOrphans();
    await exited;
    return seen;
  }

  /**
   * Kills a bring-up from nothing at its `k`-th call; the next run converges, and the one after it has nothing to do.
   * @returns how many calls Plane had seen by then.
   */
  async converges(k: number, killed: Killed, wanted: World): Promise<number> {
    await this.fresh();
    const seen = await this.killWhen(({ length }) => length >= k, killed);
    const again = await this.upAgain();
    assert.equal(again.code, 0, `call ${k}: ${again.text}`);
    assert.deepEqual(await this.server.world(), wanted, `call ${k}`);
    const third = await this.stack.up("--refresh", "--expect-no-changes");
    assert.equal(third.code, 0, `call ${k}: ${third.text}`);
    return seen;
  }

  /** The run after a killed one, as a person starts it. */
  async upAgain(): Promise<Run> {
    await this.stack.pulumi("cancel", "--yes");
    return this.stack.up();
  }

  /** Ends what killed runs have left. */
  async killOrphans(): Promise<void> {
    for (const pid of this.#orphans) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    for (const pid of this.#orphans) while (isAlive(pid)) await sleep(POLL_MS);
    this.#orphans.clear();
  }

  async close(): Promise<void> {
    await this.killOrphans();
    await this.stack.dispose();
    await this.server.close();
  }

  get #state(): string {
    return join(this.stack.directory, "state");
  }

  async #until(due: (calls: RecordedCall[]) => boolean, engine: ChildProcess): Promise<number> {
    const deadline = Date.now() + ENDS_WITHIN_MS;
    for (;;) {
      const calls = await this.server.calls();
      if (due(calls) || engine.exitCode !== null || Date.now() > deadline) return calls.length;
      await sleep(POLL_MS);
    }
  }
}

function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const line of execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n")) {
    const [child = 0, parent = 0] = line.trim().split(/\s+/).map(Number);
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** A zombie is dead: whoever is its parent now may take its time to notice. */
function isAlive(pid: number): boolean {
  try {
    const stat = execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
    return !stat.trim().startsWith("Z");
  } catch {
    return false;
  }
}
