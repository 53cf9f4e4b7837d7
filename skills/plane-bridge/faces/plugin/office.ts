import { type Bridge, keepPace } from "../../core/bridge.ts";
import { systemClock } from "../../core/clock.ts";
import { type Agent, agentBy, type BridgeConfig } from "../../core/config.ts";
import { Desk, DeskMemory } from "../../core/desk.ts";
import { accessOf } from "../../core/identity.ts";
import { Metrics } from "../../core/metrics.ts";
import { orLater } from "../../core/waiting.ts";
import { Poller } from "../../poller/poller.ts";
import { explain } from "../exit.ts";
import { wakeByHook } from "./wake.ts";

/** All desks of one gateway: what the agents of this process share, and what each remembers between its calls. */
export class Office {
  readonly bridge: Bridge;
  #poller: Poller;
  readonly #memories = new Map<string, { memory: DeskMemory; token: string | undefined }>();

  /** Those that an event has named. */
  readonly #projects = new Set<string>();

  /** @param log says something to whoever runs the gateway. */
  constructor(config: BridgeConfig, log: (line: string) => void) {
    keepPace(config);
    this.bridge = {
      config,
      clock: systemClock,
      metrics: new Metrics(),
      log,
      wake: orLater(
        () => this.bridge.config,
        (agentId, message) => wakeByHook(this.bridge.config, log)(agentId, message),
      ),
    };
    this.#poller = this.#newPoller();
  }

  /** Goes by other settings from now on. */
  adopt(config: BridgeConfig): void {
    keepPace(config);
    this.bridge.config = config;
    // It may be another Plane.
    this.#memories.clear();
  }

  /** Starts to look for work. The gateway may start anew within its process, and a poller that was stopped stays so. */
  open(): void {
    this.#poller = this.#newPoller();
    this.#poller.start();
  }

  /** Looks for no more work. */
  close(): Promise<void> {
    return this.#poller.stop();
  }

  /**
   * The agent's desk with the token that is in its file this moment.
   * @throws BridgeError when there is none.
   */
  desk(
    agent: Agent,
    context: { sessionId?: string | undefined; workspaceDir?: string | undefined } = {},
  ): Desk {
    const access = accessOf(this.bridge.config, agent);
    let known = this.#memories.get(agent.agentId);
    // What is remembered reads on with the token that it began with: another token, another memory.
    if (known === undefined || known.token !== access.token) {
      known = { memory: new DeskMemory(this.bridge), token: access.token };
      this.#memories.set(agent.agentId, known);
    }
    return new Desk(this.bridge, agent, access, { ...context, memory: known.memory });
  }

  /** The relay says that a work item has changed (OPENCLAW-16): whoever it concerns is looked at now. */
  event(project: string, workItem: string): Promise<void> {
    if (!this.#projects.has(project)) {
      // A new one would be seen when the lists of projects are read again, minutes later.
      this.#projects.add(project);
      for (const { agentId } of this.bridge.config.agents) this.#deskOf(agentId)?.forgetProjects();
    }
    return this.#poller.event(project, workItem);
  }

  #newPoller(): Poller {
    return new Poller(this.bridge, (agentId) => this.#deskOf(agentId));
  }

  #deskOf(agentId: string): Desk | undefined {
    const agent = agentBy(this.bridge.config, "agentId", agentId);
    if (agent === undefined) return undefined;
    try {
      return this.desk(agent);
    } catch (error) {
      this.bridge.log(explain(error).message);
      return undefined;
    }
  }
}
