import { joinProject, peopleOf, projectPeople } from "../../../plane/api/people.ts";
import {
  addBlockers,
  createWorkItem,
  findWorkItem,
  getWorkItem,
  patchWorkItem,
  type WorkItem,
} from "../../../plane/api/workItems.ts";
import type { FieldChanges } from "../../../plane/fields/declarations.ts";
import { writeFields } from "../../../plane/fields/write.ts";
import { agentLabel, EXTERNAL_SOURCE } from "../../../plane/projectSetup.ts";
import { ROLES } from "../../../plane/rules.ts";
import type { Agent } from "./config.ts";
import type { Board, Desk } from "./desk.ts";
import { BridgeError } from "./errors.ts";
import { toHtml } from "./markdown.ts";
import { alone, digest } from "./once.ts";
import { stateOf } from "./status.ts";
import { type Task, taskOf } from "./task.ts";

/** A task that is to be. */
export interface NewTask {
  title: string;
  /** Markdown. */
  description: string;
  agent: Agent;
  priority: string;
  dueDate?: string | undefined;
  cost: number;
  kind?: string | undefined;
  deliverableRequired: boolean;
  /** What it waits for; all of them are there already. */
  dependencies: readonly Task[];
}

/** A new task's confidence, until somebody knows more (OPENCLAW-08). */
const CONFIDENCE = 0.8;

/** What makes a task the same one when it is asked for again: project, title and agent. */
export function externalIdOf(board: Board, { title, agent }: Pick<NewTask, "title" | "agent">): string {
  return `task:${digest(board.project.id, title.trim(), agent.agentId)}`;
}

/** Makes a task, or finds the one that an earlier call has made, and sees that all of it is there. */
export async function makeTask(desk: Desk, board: Board, wish: NewTask): Promise<Task> {
  const { workspace } = desk.bridge.config;
  const externalId = externalIdOf(board, wish);
  return alone(desk, externalId, async () => {
    const look = () => findWorkItem(desk.access, workspace, board.project.id, externalId);
    let item = await look();
    if (item === undefined) {
      const { id } = await createWorkItem(
        desk.access,
        workspace,
        board.project.id,
        await bodyOf(desk, board, wish, externalId),
        look,
      );
      item = await getWorkItem(desk.access, workspace, board.project.id, id);
      item = await assigned(desk, board, item, wish.agent);
    }
    const task = taskOf(item, board);
    await addDependencies(desk, task, wish.dependencies);
    // Only now: an agent that looks in between would start what has to wait.
    return task.status === "backlog" ? desk.change(task, { status: "todo" }) : task;
  });
}

async function bodyOf(
  desk: Desk,
  board: Board,
  wish: NewTask,
  externalId: string,
): Promise<Record<string, unknown>> {
  const fields: FieldChanges = {
    agent_id: wish.agent.agentId,
    cost_estimate: wish.cost,
    confidence_score: CONFIDENCE,
    ...(wish.kind === undefined ? {} : { task_kind: wish.kind }),
    ...(wish.deliverableRequired ? { deliverable: "required" } : {}),
  };
  const state = stateOf(board.states, wish.dependencies.length === 0 ? "todo" : "backlog");
  if (state === undefined) {
    throw new BridgeError(
      `Project ${board.project.identifier} lacks the states Backlog and Todo`,
      "call plane_create_project with its name: it makes what is missing",
    );
  }
  return {
    name: wish.title.trim(),
    description_html: writeFields(toHtml(wish.description), fields),
    state: state.id,
    priority: wish.priority,
    labels: board.labels.filter(({ name }) => name === agentLabel(wish.agent.agentId)).map(({ id }) => id),
    assignees: [await personOf(desk, wish.agent)],
    ...(wish.dueDate === undefined ? {} : { target_date: wish.dueDate }),
    external_source: EXTERNAL_SOURCE,
    external_id: externalId,
  };
}

/** The server drops an assignee who is not in the project, without a word (contracts/plane). */
async function assigned(desk: Desk, board: Board, item: WorkItem, agent: Agent): Promise<WorkItem> {
  const person = await personOf(desk, agent);
  if (item.assignees.includes(person)) return item;
  const { workspace } = desk.bridge.config;
  const members = await projectPeople(desk.access, workspace, board.project.id);
  if (!members.some(({ id }) => id === person)) {
    await joinProject(desk.access, workspace, board.project.id, person, ROLES.member);
  }
  return patchWorkItem(desk.access, workspace, board.project.id, item.id, {
    assignees: [...item.assignees, person],
  });
}

async function addDependencies(desk: Desk, task: Task, dependencies: readonly Task[]): Promise<void> {
  if (dependencies.length === 0) return;
  const { blocked_by } = await desk.relations(task);
  const missing = dependencies.filter(({ item }) => !blocked_by.some(({ issue_id }) => issue_id === item.id));
  if (missing.length === 0) return;
  const cycle = await cycleThrough(desk, task, missing);
  if (cycle !== undefined) {
    throw new BridgeError(
      `These dependencies go in a circle: ${cycle.join(" -> ")}`,
      "leave one of them out",
    );
  }
  const { workspace } = desk.bridge.config;
  const ids = missing.map(({ item }) => item.id);
  await addBlockers(desk.access, workspace, task.item.project, task.item.id, ids);
}

/** The way from a task over what it would wait for back to itself, as keys; undefined when there is none. */
async function cycleThrough(
  desk: Desk,
  task: Task,
  dependencies: readonly Task[],
): Promise<string[] | undefined> {
  const seen = new Set<string>();
  const walk = async (at: Task, way: string[]): Promise<string[] | undefined> => {
    if (at.item.id === task.item.id) return way;
    if (seen.has(at.item.id)) return undefined;
    seen.add(at.item.id);
    for (const next of await desk.knownDependencies(at)) {
      const found = await walk(next, [...way, next.key]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  // What was just made waits for nothing yet, and nothing waits for it.
  for (const dependency of dependencies) {
    const found = await walk(dependency, [task.key, dependency.key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

async function personOf(desk: Desk, { email, agentId }: Agent): Promise<string> {
  const find = async () => (await desk.people()).find((person) => person.email === email)?.id;
  const id = await find();
  if (id !== undefined) return id;
  const fresh = await peopleOf(desk.access, desk.bridge.config.workspace);
  const found = fresh.find((person) => person.email === email)?.id;
  if (found === undefined) {
    throw new BridgeError(
      `${agentId} has no account in this workspace (${email})`,
      "tell a person: pulumi up --refresh",
    );
  }
  return found;
}
