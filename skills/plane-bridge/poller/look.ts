import { listActivities } from "../../../plane/api/activities.ts";
import { listComments } from "../../../plane/api/comments.ts";
import { namedAgents } from "../core/assignment.ts";
import { agentBy } from "../core/config.ts";
import type { Desk } from "../core/desk.ts";
import { isTransient } from "../core/errors.ts";
import { blockForFailed, failedAmong } from "../core/failedDependency.ts";
import { type Budget, budgetOf, cents } from "../core/money.ts";
import { readSeen, type Seen, type SeenTask, writeSeen } from "../core/seen.ts";
import { ACTIVE, FAILED, OPEN } from "../core/status.ts";
import type { Task } from "../core/task.ts";
import { blockedMessage, leftMessage, spentMessage, strangersMessage, wakeMessage } from "./message.ts";
import type { Owners } from "./owners.ts";

/** What made an agent's tasks be looked at. */
export type Reason = "poll" | "event";

/**
 * After this a task's dependencies are read again: a relation that was taken away from its other end leaves no trace
 * on the task. Likewise an agent is told again of what it has left in todo: its session may have failed.
 */
const AGAIN_MS = 60 * 60_000;
/** Work that has shown no sign for so long is not work that keeps an agent busy. */
const STALLED_MS = 60 * 60_000;

/**
 * One look at an agent's tasks: over HTTP, without a model. It wakes the agent when there is something new, changed
 * by somebody else or unblocked, and nobody otherwise (OPENCLAW-09, OPENCLAW-14).
 * @throws what went wrong; what was done until then is remembered.
 */
export async function look(desk: Desk, owners: Owners, reason: Reason): Promise<void> {
  const { config } = desk.bridge;
  const { agentId } = desk.agent;
  const seen = readSeen(config, agentId);
  const agentsLook = new Look(desk, owners, reason, seen);
  try {
    await agentsLook.run();
  } finally {
    writeSeen(config, agentId, seen);
  }
}

class Look {
  readonly #desk: Desk;
  readonly #owners: Owners;
  readonly #reason: Reason;
  readonly #seen: Seen;
  /** What went wrong with single tasks; the others are looked at all the same. */
  readonly #failures: string[] = [];
  #tasks = new Map<string, Task>();

  constructor(desk: Desk, owners: Owners, reason: Reason, seen: Seen) {
    this.#desk = desk;
    this.#owners = owners;
    this.#reason = reason;
    this.#seen = seen;
  }

  async run(): Promise<void> {
    const all = await this.#desk.allTasks();
    this.#tasks = new Map(all.map((task) => [task.item.id, task]));
    const open = await this.#ownOpenTasks(all);
    this.#measure(all);
    await this.#finishBlocking();
    if (this.#desk.isConcierge) await this.#tellConcierge(all);
    await this.#offer(open);
    if (this.#failures.length > 0) throw new Error(this.#failures.join("; "));
  }

  /** After the places that name a task's agent were made to agree. Of others' tasks only the concierge's look does that. */
  async #ownOpenTasks(all: readonly Task[]): Promise<Task[]> {
    const { agentId } = this.#desk.agent;
    const unfinished = all.filter(({ status }) => status !== "done" && status !== "cancelled");
    const own: Task[] = [];
    for (const seen of unfinished) {
      await this.#each(seen, async () => {
        const concerns = this.#desk.isConcierge || (await namedAgents(this.#desk, seen)).has(agentId);
        if (!concerns) return;
        const { task, owner } = await this.#owners.reconciled(this.#desk, seen);
        if (owner === agentId && task.status !== undefined && OPEN.includes(task.status)) own.push(task);
      });
    }
    if (this.#desk.isConcierge) this.#owners.keep(new Set(unfinished.map(({ item }) => item.id)));
    return own;
  }

  async #offer(open: readonly Task[]): Promise<void> {
    const { tasks } = this.#seen;
    const gone = Object.keys(tasks).filter((id) => !open.some(({ item }) => item.id === id));
    for (const id of gone) delete tasks[id];
    // Hands are free: what the agent was told of and left is worth another word.
    if (gone.length > 0) {
      for (const { item } of open.filter(({ status }) => status === "todo")) {
        const known = tasks[item.id];
        if (known !== undefined) known.offered = false;
      }
    }

    const ready: Task[] = [];
    const changed: Task[] = [];
    for (const task of open) {
      await this.#each(task, async () => {
        const known = tasks[task.item.id];
        const isChanged = known?.offered === true && known.updatedAt !== task.item.updated_at;
        if (await this.#isNews(task)) (isChanged ? changed : ready).push(task);
      });
    }
    const inProgress = open.filter(({ status }) => status === "in_progress");
    const news = [...ready, ...changed].filter((task) => this.#mayOffer(task, inProgress));
    const left = inProgress.filter((task) => !news.includes(task) && this.#isLeft(task));
    await this.#reportLeft(inProgress);
    if (this.#isLeftToCron()) return this.#remind(left);
    if (news.length + left.length === 0) return;
    const isNews = (task: Task) => news.includes(task);
    const message = wakeMessage({
      ready: ready.filter(isNews),
      changed: changed.filter(isNews),
      inProgress,
      left,
    });
    await this.#wake(this.#desk.agent.agentId, this.#reason, message);
    this.#remind(left);
    const told = news.map((task) => ({ task, known: tasks[task.item.id] as SeenTask }));
    for (const { known } of told) known.offered = true;
    this.#save();
    // The agent reads the task after this: what is there now is no news to it.
    for (const { task, known } of told) known.heard = await this.#lastByOthers(task);
  }

  /** Whether nobody seems to work on a task in progress, and its agent was not told to go on. */
  #isLeft({ item }: Task): boolean {
    const known = this.#seen.tasks[item.id];
    return known?.offered === true && known.reminded === null && this.#isLongAgo(known.changed);
  }

  #remind(left: readonly Task[]): void {
    const now = this.#desk.bridge.clock.now();
    for (const { item } of left) (this.#seen.tasks[item.id] as SeenTask).reminded = now;
  }

  /** What its agent was told to go on with in vain is the concierge's to decide. */
  async #reportLeft(inProgress: readonly Task[]): Promise<void> {
    const { agentId } = this.#desk.agent;
    for (const task of inProgress) {
      const known = this.#seen.tasks[task.item.id];
      if (known === undefined || known.reported || known.reminded === null) continue;
      if (!this.#isLongAgo(known.reminded)) continue;
      await this.#wake(this.#desk.bridge.config.concierge, "left", leftMessage(task, agentId));
      known.reported = true;
    }
  }

  #isLongAgo(time: number): boolean {
    return this.#desk.bridge.clock.now() - time >= STALLED_MS;
  }

  /** In cron mode OpenClaw asks the agents to look; the rest of a look, and what the relay tells, is done here all the same. */
  #isLeftToCron(): boolean {
    return this.#reason === "poll" && this.#desk.bridge.config.polling === "cron";
  }

  /** Whether the agent has to hear of a task: nobody told it, or somebody else changed it, and it waits for nothing. */
  async #isNews(task: Task): Promise<boolean> {
    const { id, updated_at } = task.item;
    const now = this.#desk.bridge.clock.now();
    const known = this.#seen.tasks[id];
    const isChanged = known?.updatedAt !== updated_at;
    const isRecent = known !== undefined && now - known.read < AGAIN_MS;
    if (known?.offered === true && (isRecent || task.status === "in_progress")) {
      if (!isChanged) return false;
      if (!(await this.#isChangedByOthers(task, known))) {
        Object.assign(known, { updatedAt: updated_at, changed: now, reminded: null, reported: false });
        return false;
      }
    }
    const isCurrent =
      isRecent && !isChanged && known.waitsFor.every((dependency) => this.#isUnfinished(dependency));
    if (isCurrent) return known.waitsFor.length === 0;

    const changed = known === undefined || isChanged ? now : known.changed;
    const entry = {
      updatedAt: updated_at,
      changed,
      offered: false,
      heard: null,
      reminded: isChanged ? null : (known?.reminded ?? null),
      reported: isChanged ? false : (known?.reported ?? false),
      waitsFor: [],
      read: now,
    };
    if (known?.offered !== true && isBegun(task)) {
      const heard = await this.#lastByOthers(task);
      this.#seen.tasks[id] = { ...entry, offered: true, heard };
      return false;
    }
    const dependencies = await this.#desk.knownDependencies(task);
    if (failedAmong(dependencies).length > 0 && (await this.#block(task))) return false;
    const waitsFor = dependencies.filter(({ status }) => status !== "done").map(({ item }) => item.id);
    this.#seen.tasks[id] = { ...entry, waitsFor };
    return waitsFor.length === 0;
  }

  /** Its own work goes on; new work comes when the agent has nothing in hand, or is urgent, and there is money for it. */
  #mayOffer(task: Task, inProgress: readonly Task[]): boolean {
    if (task.status === "in_progress") return true;
    if (this.#isBudgetSpent()) return false;
    const now = this.#desk.bridge.clock.now();
    const isBusy = inProgress.some(({ item }) => !this.#isLongAgo(this.#seen.tasks[item.id]?.changed ?? now));
    return !isBusy || task.item.priority === "urgent";
  }

  async #isChangedByOthers(task: Task, { heard }: SeenTask): Promise<boolean> {
    const last = await this.#lastByOthers(task);
    return last !== null && (heard === null || Date.parse(last) > Date.parse(heard));
  }

  /**
   * When somebody else last changed or commented the task. `updated_at` says neither who it was nor, since history is
   * written a moment later, what is new.
   */
  async #lastByOthers(task: Task): Promise<string | null> {
    const { access, agent } = this.#desk;
    const me = (await this.#desk.people()).find(({ email }) => email === agent.email)?.id;
    const path = this.#desk.path(task);
    const entries = [...(await listActivities(access, path)), ...(await listComments(access, path))];
    const times = entries.filter(({ actor }) => actor !== me).map(({ created_at }) => created_at);
    return times.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1) ?? null;
  }

  #isUnfinished(id: string): boolean {
    const status = this.#tasks.get(id)?.status;
    return status !== undefined && status !== "done" && !FAILED.includes(status);
  }

  /** @returns whether it was right to: what was known of the dependencies may be old. */
  async #block(task: Task): Promise<boolean> {
    const failed = failedAmong(await this.#desk.dependencies(task));
    if (failed.length === 0) return false;
    this.#seen.blocking[task.item.id] = blockedMessage(task, failed);
    this.#save();
    await blockForFailed(this.#desk, task, failed);
    delete this.#seen.blocking[task.item.id];
    delete this.#seen.tasks[task.item.id];
    return true;
  }

  /** An earlier look may have ended between blocking a task and telling the concierge. */
  async #finishBlocking(): Promise<void> {
    for (const [id, message] of Object.entries(this.#seen.blocking)) {
      const status = this.#tasks.get(id)?.status;
      if (status !== undefined && OPEN.includes(status)) continue;
      if (status === "blocked") {
        await this.#wake(this.#desk.bridge.config.concierge, "failed_dependency", message);
      }
      delete this.#seen.blocking[id];
    }
  }

  async #tellConcierge(all: readonly Task[]): Promise<void> {
    const { config, clock } = this.#desk.bridge;
    const strangers = all.filter(
      ({ status, fields: { agent_id } }) =>
        status !== undefined &&
        ACTIVE.includes(status) &&
        agent_id !== undefined &&
        agentBy(config, "agentId", agent_id) === undefined,
    );
    const untold = strangers.filter(({ item }) => !this.#seen.strangers.includes(item.id));
    if (untold.length > 0) await this.#wake(config.concierge, "concierge", strangersMessage(untold));
    this.#seen.strangers = strangers.map(({ item }) => item.id);

    const month = new Date(clock.now()).toISOString().slice(0, 7);
    if (this.#isBudgetSpent() && this.#seen.spentMonth !== month) {
      await this.#wake(config.concierge, "concierge", spentMessage());
      this.#seen.spentMonth = month;
    }
  }

  #isBudgetSpent(): boolean {
    const { rest } = this.#budget();
    return rest !== null && rest <= 0;
  }

  #budget(): Budget {
    const { config, clock } = this.#desk.bridge;
    return budgetOf(config, [...this.#tasks.values()], clock.now());
  }

  #measure(all: readonly Task[]): void {
    const { agentId: agent } = this.#desk.agent;
    const { metrics } = this.#desk.bridge;
    const own = all.filter(({ fields }) => fields.agent_id === agent);
    for (const status of ACTIVE)
      metrics.openTasks.set({ agent, status }, own.filter((task) => task.status === status).length);

    const active = own.filter(({ status }) => status !== undefined && ACTIVE.includes(status));
    metrics.cost.set(
      { agent },
      cents(active.reduce((sum, { fields }) => sum + (fields.cost_estimate ?? 0), 0)),
    );
    const scores = own.flatMap(({ status, fields }) =>
      status === "done" ? (fields.confidence_score ?? []) : [],
    );
    if (scores.length === 0) metrics.confidence.remove({ agent });
    else metrics.confidence.set({ agent }, scores.reduce((sum, score) => sum + score, 0) / scores.length);

    // Others may not see every project.
    if (!this.#desk.isConcierge) return;
    const { budget, spent } = this.#budget();
    metrics.spent.set(spent);
    metrics.budget.set(budget ?? 0);
  }

  async #wake(agentId: string, reason: string, message: string): Promise<void> {
    await this.#desk.bridge.wake(agentId, message);
    this.#desk.bridge.metrics.wakes.inc({ agent: agentId, reason });
  }

  /** One task that cannot be read or written must not hide the others; a Plane that does not answer ends the look. */
  async #each(task: Task, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isTransient(error)) throw error;
      this.#failures.push(`${task.key}: ${(error as Error).message}`);
    }
  }

  #save(): void {
    writeSeen(this.#desk.bridge.config, this.#desk.agent.agentId, this.#seen);
  }
}

/** Whether its agent has started a task: then it has read it, and need not be told of it. */
function isBegun({ status, fields }: Task): boolean {
  return (
    status === "in_progress" && (fields.session_id !== undefined || fields.timer_started_at !== undefined)
  );
}
