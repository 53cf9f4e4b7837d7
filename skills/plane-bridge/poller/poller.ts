import pLimit, { type LimitFunction } from "p-limit";
import { namedAgents } from "../core/assignment.ts";
import type { Bridge } from "../core/bridge.ts";
import { agentBy } from "../core/config.ts";
import type { Desk } from "../core/desk.ts";
import { isPaused } from "../core/pause.ts";
import { FAILED } from "../core/status.ts";
import { deliverWaiting } from "../core/waiting.ts";
import { look, type Reason } from "./look.ts";
import { Owners } from "./owners.ts";

/** Plane sends one delivery for each changed field: what comes within this time is one event. */
const BURST_MS = 2000;

/** Looks for work of every agent, by the clock and when Plane says that something has changed (OPENCLAW-09, OPENCLAW-16). */
export class Poller {
  readonly #bridge: Bridge;
  readonly #desks: (agentId: string) => Desk | undefined;
  readonly #owners: Owners;
  readonly #end = new AbortController();
  /** One look at a time for each agent. */
  readonly #limits = new Map<string, LimitFunction>();
  readonly #unfinished = new Set<Promise<void>>();
  /** Looks that have not begun: one more of the same agent would see nothing else. */
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #events = new Map<string, Promise<void>>();

  /** @param desks an agent's desk; undefined when it has no token. */
  constructor(bridge: Bridge, desks: (agentId: string) => Desk | undefined) {
    this.#bridge = bridge;
    this.#desks = desks;
    this.#owners = new Owners(bridge.config);
  }

  /** Starts to look at every agent's tasks each `pollMinutes`, one agent after the other over that time. */
  start(): void {
    if (this.#bridge.config.polling !== "off") void this.#keepLooking();
  }

  /** For good: no other look begins, and those that have begun are over when it resolves. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#unfinished);
  }

  /**
   * Something about a work item has changed, somebody says: Plane is read for what it is, and whoever it concerns is
   * looked at without waiting for his turn. Resolves after that.
   */
  event(project: string, workItem: string): Promise<void> {
    const known = this.#events.get(workItem);
    if (known !== undefined) return known;
    const handled = this.#bridge.clock.sleep(BURST_MS, this.#end.signal).then(async () => {
      this.#events.delete(workItem);
      if (this.#end.signal.aborted) return;
      const agents = await this.#concerned(project, workItem);
      await Promise.all([...agents].map((agentId) => this.#looked(agentId, "event")));
    });
    this.#events.set(workItem, handled);
    return handled;
  }

  /** Looks at an agent's tasks now; a failure is logged and counted. */
  look(agentId: string): Promise<void> {
    return this.#looked(agentId, "poll");
  }

  async #keepLooking(): Promise<void> {
    const { clock, config } = this.#bridge;
    const begun = clock.now();
    const step = (config.pollMinutes * 60_000) / config.agents.length;
    for (let round = 0; ; round += 1) {
      for (const [turn, { agentId }] of config.agents.entries()) {
        const at = begun + (round * config.agents.length + turn) * step;
        await clock.sleep(Math.max(0, at - clock.now()), this.#end.signal);
        if (this.#end.signal.aborted) return;
        void this.look(agentId);
      }
    }
  }

  #looked(agentId: string, reason: Reason): Promise<void> {
    const waiting = this.#waiting.get(agentId);
    if (waiting !== undefined) return waiting;
    let limit = this.#limits.get(agentId);
    if (limit === undefined) {
      limit = pLimit(1);
      this.#limits.set(agentId, limit);
    }
    const looked = limit(() => {
      this.#waiting.delete(agentId);
      return this.#lookNow(agentId, reason);
    }).finally(() => this.#unfinished.delete(looked));
    this.#waiting.set(agentId, looked);
    this.#unfinished.add(looked);
    return looked;
  }

  async #lookNow(agentId: string, reason: Reason): Promise<void> {
    if (this.#end.signal.aborted) return;
    const { config, metrics } = this.#bridge;
    const count = (outcome: string) => metrics.polls.inc({ agent: agentId, outcome });
    try {
      if (isPaused(config, agentId)) return count("paused");
      const desk = this.#desks(agentId);
      if (desk === undefined) throw new Error("it has no Plane token that can be read");
      await deliverWaiting(this.#bridge, agentId);
      await look(desk, this.#owners, reason);
      count("ok");
    } catch (error) {
      count("failed");
      this.#bridge.log(`the look for ${agentId} failed: ${(error as Error).message}`);
    }
  }

  /** Whose the work item is or is to be, and who waits for it where it ended one way or the other. */
  async #concerned(project: string, workItem: string): Promise<Set<string>> {
    const { config, log } = this.#bridge;
    try {
      const desk = this.#desks(config.concierge);
      if (desk === undefined) throw new Error(`${config.concierge} has no Plane token that can be read`);
      const task = (await desk.tasks(await desk.board(project))).find(({ item }) => item.id === workItem);
      if (task === undefined) return new Set();
      const isOver = task.status === "done" || (task.status !== undefined && FAILED.includes(task.status));
      const waiting = isOver ? await desk.related(task, (await desk.relations(task)).blocking, "known") : [];
      const names = await Promise.all([task, ...waiting].map((other) => namedAgents(desk, other)));
      const isAgent = (name: string) => agentBy(config, "agentId", name) !== undefined;
      return new Set(names.flatMap((some) => [...some]).filter(isAgent));
    } catch (error) {
      log(`an event about ${workItem} was left to the next looks: ${(error as Error).message}`);
      return new Set();
    }
  }
}
