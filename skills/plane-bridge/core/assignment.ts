import { type Activity, listActivities } from "../../../plane/api/activities.ts";
import { createLabel, labelList } from "../../../plane/api/labels.ts";
import type { Me } from "../../../plane/api/people.ts";
import { agentLabel, EXTERNAL_SOURCE, projectSetup } from "../../../plane/projectSetup.ts";
import { agentBy } from "./config.ts";
import type { Change, Desk } from "./desk.ts";
import { toInlineHtml } from "./markdown.ts";
import { AGENT_LABEL } from "./mirror.ts";
import { digest } from "./once.ts";
import type { Task } from "./task.ts";
import { stopTimer } from "./timer.ts";

/** The three places in which a task names its agent. The bridge writes all of them, a person mostly one. */
export interface Naming {
  /** The field `agent_id`, whether there is such an agent or not. */
  block: string | null;
  /** The task's labels `agent:<name>`. */
  labels: readonly string[];
  /** The agents among its assignees in Plane's own sense, first assigned first. */
  native: readonly string[];
}

/** What is to be done about it. */
export type Decision =
  /** Nothing. */
  | { kind: "settled"; agent: string | null }
  /** All three places get `agent`; it was `from`'s. */
  | { kind: "assign"; agent: string | null; from: string | null }
  /** Only a person can tell who is meant. */
  | { kind: "ask" };

/**
 * Whose a task is (OPENCLAW-10): the places that are not as they were before are what people changed, and when they
 * name one agent, it is that one. A native assignee that was taken off leaves the task to nobody; a block or a label
 * that is gone is put back.
 * @param before whose it was when all places agreed; undefined when nobody knows: then it is what two places say.
 */
export function decide(
  { block, labels, native }: Naming,
  before: string | null | undefined,
  isAgent: (name: string) => boolean,
): Decision {
  const agree =
    block === null
      ? labels.length === 0 && native.length === 0
      : labels.length === 1 && labels[0] === block && native.includes(block);
  if (agree) return { kind: "settled", agent: block };

  const label = theLabel(labels, before ?? block);
  if (label === undefined) return { kind: "ask" };
  const assigned = native[0] ?? null;
  const base = before === undefined ? majority(block, label, assigned) : before;
  if (base === undefined) return { kind: "ask" };

  const said = new Set([block, label].filter((name) => name !== null && name !== base));
  // Who is no agent any more cannot be an assignee, so his absence says nothing.
  if (assigned !== base && (assigned !== null || isAgent(base as string))) said.add(assigned);
  if (said.size > 1) return { kind: "ask" };
  const [wanted = base] = said;

  if (wanted === null || isAgent(wanted)) return { kind: "assign", agent: wanted, from: base };
  const isAllThereIs = block === wanted && native.length === 0 && labels.every((name) => name === wanted);
  return isAllThereIs ? { kind: "settled", agent: wanted } : { kind: "ask" };
}

/** The agent that labels name: of two, the one that a person added. Undefined when that cannot be told. */
function theLabel(labels: readonly string[], before: string | null): string | null | undefined {
  if (labels.length < 2) return labels[0] ?? null;
  const others = labels.filter((name) => name !== before);
  return others.length === 1 ? others[0] : undefined;
}

function majority(...[block, label, assigned]: (string | null)[]): string | null | undefined {
  if (block === label || block === assigned) return block;
  return label === assigned ? label : undefined;
}

/** Who is named in any of the three places. */
export async function namedAgents(desk: Desk, task: Task): Promise<Set<string>> {
  const { block, labels, native } = namingOf(desk, task, await desk.people());
  return new Set([...(block === null ? [] : [block]), ...labels, ...native]);
}

/** A task, and whose it is now; undefined while a person is asked. */
export interface Reconciled {
  task: Task;
  owner: string | null | undefined;
}

/**
 * Makes the three places of a task agree, or asks a person in a comment.
 * @param before see {@link decide}.
 */
export async function reconcile(
  desk: Desk,
  task: Task,
  before: string | null | undefined,
): Promise<Reconciled> {
  const people = await desk.people();
  const isAgent = (name: string) => agentBy(desk.bridge.config, "agentId", name) !== undefined;
  const seen = decide(namingOf(desk, task, people), before, isAgent);
  if (seen.kind === "settled") return { task, owner: seen.agent };

  // What is about to be written over is read once more: a person may be at it.
  const now = await desk.again(task);
  const { naming, base } = await withHistory(desk, now, people, before);
  const decision = decide(naming, base, isAgent);
  if (decision.kind === "settled") return { task: now, owner: decision.agent };
  if (decision.kind === "ask") {
    await ask(desk, now, unclearHtml(naming), JSON.stringify(naming));
    return { task: now, owner: undefined };
  }
  const { agent, from } = decision;
  const after = await assign(desk, now, agent, from);
  // The server drops an assignee who is not in the project, without a word (contracts/plane).
  if (agent !== null && !namingOf(desk, after, people).native.includes(agent)) {
    await ask(desk, after, strangerHtml(desk, agent), `stranger ${agent}`);
    return { task: after, owner: undefined };
  }
  return { task: after, owner: agent };
}

async function assign(desk: Desk, now: Task, agent: string | null, from: string | null): Promise<Task> {
  const task = agent === null ? now : await withLabel(desk, now, agent);
  const returned = from !== agent && task.status === "in_progress" ? await returnedWork(desk, task) : {};
  const fields = { ...returned.fields, agent_id: agent };
  return desk.change(task, { ...returned, fields, assignedTo: agent });
}

/** What one agent has begun, another begins itself: it could not claim what is in progress in a foreign session. */
async function returnedWork(desk: Desk, task: Task): Promise<Change> {
  if (task.fields.session_id === undefined && task.fields.timer_started_at === undefined) return {};
  const timer = await stopTimer(desk, task);
  return { status: "todo", fields: { ...timer?.fields, session_id: null } };
}

function namingOf({ bridge }: Desk, { item, board, fields }: Task, people: readonly Me[]): Naming {
  const named = new Map(board.labels.map(({ id, name }) => [id, name]));
  const emails = new Map(people.map(({ id, email }) => [id, email]));
  return {
    block: fields.agent_id ?? null,
    labels: item.labels
      .map((id) => named.get(id) ?? "")
      .filter((name) => name.startsWith(AGENT_LABEL))
      .map((name) => name.slice(AGENT_LABEL.length)),
    native: item.assignees.flatMap(
      (id) => agentBy(bridge.config, "email", emails.get(id) ?? "")?.agentId ?? [],
    ),
  };
}

/** The naming with assignees in the order of their assignment, and what the history knows of who it was before. */
async function withHistory(
  desk: Desk,
  task: Task,
  people: readonly Me[],
  before: string | null | undefined,
): Promise<{ naming: Naming; base: string | null | undefined }> {
  const naming = namingOf(desk, task, people);
  const isNew = before === undefined && naming.native.length === 0;
  if (naming.native.length < 2 && !isNew) return { naming, base: before };

  const history = (await listActivities(desk.access, desk.path(task))).filter(
    ({ field }) => field === "assignees",
  );
  const idOf = (agentId: string) => {
    const email = agentBy(desk.bridge.config, "agentId", agentId)?.email;
    return people.find((person) => person.email === email)?.id;
  };
  // Assignees that a task came with have no entry: they were first.
  const since = (agentId: string) =>
    history.findLastIndex(({ new_identifier }) => new_identifier === idOf(agentId));
  const native = naming.native.toSorted((a, b) => since(a) - since(b));
  const agents = new Set(desk.bridge.config.agents.map(({ agentId }) => idOf(agentId)));
  const wasTakenOff = history.some(({ old_identifier }: Activity) => agents.has(old_identifier ?? ""));
  return { naming: { ...naming, native }, base: isNew && !wasTakenOff ? null : before };
}

/** The task in a project that has the agent's label: a person's own project has none of ours. */
async function withLabel(desk: Desk, task: Task, agentId: string): Promise<Task> {
  const name = agentLabel(agentId);
  if (task.board.labels.some((label) => label.name === name)) return task;
  const { workspace } = desk.bridge.config;
  const list = labelList(desk.access, workspace, task.item.project);
  const look = async () => (await list.again()).find((label) => label.name === name);
  if ((await look()) === undefined) {
    for (const label of projectSetup([agentId]).labels.filter((wanted) => wanted.name === name)) {
      const body = { ...label, external_source: EXTERNAL_SOURCE };
      await createLabel(desk.access, workspace, task.item.project, body, look);
    }
  }
  desk.forgetBoard(task.item.project);
  return desk.task(task.item.id);
}

/** Once for what was found: the mark says what that was, and the server keeps marks apart by project only. */
function ask(desk: Desk, task: Task, html: string, found: string): Promise<void> {
  return desk.say(task, html, `assignment:${digest(task.item.id, found)}`);
}

function unclearHtml({ block, labels, native }: Naming): string {
  const shown = (names: readonly string[]) =>
    names.length === 0 ? "aucun agent" : names.map((name) => `« ${name} »`).join(", ");
  return (
    `<p>❓ L'agent de cette tâche n'est pas clair. Champ <code>agent_id</code> : ${toInlineHtml(shown(block === null ? [] : [block]))} ; ` +
    `étiquette : ${toInlineHtml(shown(labels))} ; assigné : ${toInlineHtml(shown(native))}. Rien n'a été changé.</p>` +
    "<p>Pour décider, donnez aux trois le même agent, ou laissez les trois vides et assignez ensuite l'agent voulu.</p>"
  );
}

function strangerHtml({ bridge }: Desk, agentId: string): string {
  const name = agentBy(bridge.config, "agentId", agentId)?.displayName ?? agentId;
  return (
    `<p>❓ ${name} n'est pas membre de ce projet : Plane ne permet pas de lui assigner la tâche.</p>` +
    "<p>Ajoutez l'agent aux membres du projet et assignez-lui la tâche dans Plane, ou choisissez un autre agent.</p>"
  );
}
