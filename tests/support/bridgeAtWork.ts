import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bridge } from "../../skills/plane-bridge/core/bridge.ts";
import { keepPace } from "../../skills/plane-bridge/core/bridge.ts";
import { call, type Outcome } from "../../skills/plane-bridge/core/call.ts";
import { type Clock, systemClock } from "../../skills/plane-bridge/core/clock.ts";
import { agentBy, type BridgeSettings, parseConfig } from "../../skills/plane-bridge/core/config.ts";
import { Desk, DeskMemory } from "../../skills/plane-bridge/core/desk.ts";
import { accessOf } from "../../skills/plane-bridge/core/identity.ts";
import { Metrics } from "../../skills/plane-bridge/core/metrics.ts";
import { orLater } from "../../skills/plane-bridge/core/waiting.ts";
import { BridgeHome, tokensOf } from "./bridgeHome.ts";
import type { InProcessEngine } from "./inProcessEngine.ts";
import type { PlaneServer } from "./planeServer.ts";

/** The bridge in this process, as each of the agents, with who was woken and what was logged. */
export class BridgeAtWork {
  readonly home: BridgeHome;
  readonly bridge: Bridge;
  readonly woken: { agentId: string; message: string }[] = [];
  /** Whether OpenClaw takes no hook at the moment. */
  deaf = false;
  readonly logged: string[] = [];
  readonly #memories = new Map<string, DeskMemory>();

  /** @param more settings over those of the home. */
  constructor(home: BridgeHome, clock: Clock, more: Partial<BridgeSettings> = {}) {
    this.home = home;
    this.bridge = {
      config: parseConfig({ ...home.settings, ...more }),
      clock,
      metrics: new Metrics(),
      log: (line) => this.logged.push(line),
      wake: orLater(
        () => this.bridge.config,
        async (agentId, message) => {
          if (this.deaf) return false;
          this.woken.push({ agentId, message });
          return true;
        },
      ),
    };
    keepPace(this.bridge.config, clock);
  }

  static open(
    server: PlaneServer,
    engine: InProcessEngine,
    more: Partial<BridgeSettings> = {},
    clock = systemClock,
  ): BridgeAtWork {
    return new BridgeAtWork(BridgeHome.configured(server.url, tokensOf(engine), more), clock);
  }

  /** An agent's desk; what it remembers lasts from call to call, as in the gateway. */
  desk(agentId: string, sessionId?: string): Desk {
    const agent = agentBy(this.bridge.config, "agentId", agentId);
    if (agent === undefined) throw new Error(agentId);
    const memory = this.#memories.get(agentId) ?? new DeskMemory(this.bridge);
    this.#memories.set(agentId, memory);
    const workspaceDir = this.workspace(agentId);
    return new Desk(this.bridge, agent, accessOf(this.bridge.config, agent), {
      sessionId,
      workspaceDir,
      memory,
    });
  }

  call(agentId: string, tool: string, input: object = {}, sessionId?: string): Promise<Outcome> {
    return call(tool, input, this.desk(agentId, sessionId));
  }

  /** The data of a call that succeeds. */
  async must<T = Record<string, unknown>>(agentId: string, tool: string, input: object = {}): Promise<T> {
    const outcome = await this.call(agentId, tool, input);
    if (!outcome.ok) throw new Error(`${tool} as ${agentId}: ${outcome.message}`);
    return outcome.answer.data as T;
  }

  /** The words of a call that is refused. */
  async refused(agentId: string, tool: string, input: object = {}, sessionId?: string): Promise<string> {
    const outcome = await this.call(agentId, tool, input, sessionId);
    if (outcome.ok) throw new Error(`${tool} as ${agentId} was not refused: ${outcome.answer.text}`);
    return outcome.message;
  }

  /** Forgets what desks remember, as a restart does. */
  restart(): void {
    this.#memories.clear();
  }

  workspace(agentId: string): string {
    const folder = join(this.home.folder, "workspace", agentId);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Writes a file into an agent's workspace. */
  file(agentId: string, name: string, content: string | Uint8Array): void {
    writeFileSync(join(this.workspace(agentId), name), content);
  }

  close(): void {
    this.home.remove();
  }
}
