import type { Access } from "../../../plane/access.ts";
import { type CommentBody, createComment, type ItemPath } from "../../../plane/api/comments.ts";
import { type Label, labelList } from "../../../plane/api/labels.ts";
import { type Me, peopleOf } from "../../../plane/api/people.ts";
import { joinedProjects, type Project } from "../../../plane/api/projects.ts";
import { type State, stateList } from "../../../plane/api/states.ts";
import {
  changedWorkItems,
  getWorkItem,
  getWorkItemByKey,
  patchWorkItem,
  relationsOf,
  type WorkItem,
} from "../../../plane/api/workItems.ts";
import { Refused } from "../../../plane/errors.ts";
import type { FieldChanges } from "../../../plane/fields/declarations.ts";
import { writeFields } from "../../../plane/fields/write.ts";
import { EXTERNAL_SOURCE } from "../../../plane/projectSetup.ts";
import type { Bridge } from "./bridge.ts";
import { Cache } from "./cache.ts";
import type { Agent } from "./config.ts";
import { BridgeError } from "./errors.ts";
import { asData } from "./markdown.ts";
import { mirroredLabels } from "./mirror.ts";
import { Snapshot } from "./snapshot.ts";
import { type Status, stateOf } from "./status.ts";
import { type Task, taskOf } from "./task.ts";

/** A project with what its tasks are made of. */
export interface Board {
  project: Project;
  states: readonly State[];
  labels: readonly Label[];
}

const MINUTE = 60_000;
/** A relation leaves no trace on a task when it is taken away from its other end. */
const RELATIONS_MS = 5 * MINUTE;
/** A new project is made known by who makes it and by the relay; without either it is seen after this. */
const PROJECTS_MS = 15 * MINUTE;
/** People, states and labels rarely change: one that an item names and nobody knows has them read anew. */
const LASTING_MS = 60 * MINUTE;

/** What to change of a task, in one request. */
export interface Change {
  status?: Status;
  fields?: FieldChanges;
  /** Agents that are to be its assignees in Plane's own sense, by short name; other people stay. */
  assignedTo?: string | null;
}

/** One agent at work in Plane: everything is done with its own token and its own rights. */
export class Desk {
  readonly bridge: Bridge;
  readonly agent: Agent;
  readonly access: Access;
  /** `openclaw-session-<uuid>`; undefined where there is none, as on the command line. */
  readonly sessionId: string | undefined;
  /** The folder that deliverables have to be in; undefined where no file may be sent. */
  readonly workspaceDir: string | undefined;
  readonly #cache: Cache;
  readonly #snapshots: Map<string, Snapshot>;
  readonly #strange: Set<string>;

  constructor(
    bridge: Bridge,
    agent: Agent,
    access: Access,
    context: { sessionId?: string | undefined; workspaceDir?: string | undefined; memory?: DeskMemory } = {},
  ) {
    this.bridge = bridge;
    this.agent = agent;
    this.access = access;
    this.sessionId = context.sessionId;
    this.workspaceDir = context.workspaceDir;
    const memory = context.memory ?? new DeskMemory(bridge);
    this.#cache = memory.cache;
    this.#snapshots = memory.snapshots;
    this.#strange = memory.strange;
  }

  get isConcierge(): boolean {
    return this.agent.agentId === this.bridge.config.concierge;
  }

  /** The projects that the agent is in. */
  projects(): Promise<Project[]> {
    return this.#cache.get("projects", PROJECTS_MS, () =>
      joinedProjects(this.access, this.bridge.config.workspace),
    );
  }

  forgetProjects(): void {
    this.#cache.forget("projects");
  }

  /** Everyone of the workspace. */
  people(): Promise<Me[]> {
    return this.#cache.get("people", LASTING_MS, () => peopleOf(this.access, this.bridge.config.workspace));
  }

  /** A project by its id, identifier or name. */
  async board(project: string): Promise<Board> {
    const projects = await this.projects();
    const wanted = project.toLowerCase();
    const found = projects.find(({ id, identifier, name }) =>
      [id, identifier.toLowerCase(), name.toLowerCase()].includes(wanted),
    );
    if (found === undefined) {
      throw new BridgeError(
        `You are in no project "${project}"`,
        `use one of: ${projects.map(({ identifier, name }) => `${identifier} ${asData(name)}`).join(", ") || "none"}`,
      );
    }
    return this.#cache.get(`board ${found.id}`, LASTING_MS, async () => {
      const { workspace } = this.bridge.config;
      const [states, labels] = await Promise.all([
        stateList(this.access, workspace, found.id).again(),
        labelList(this.access, workspace, found.id).again(),
      ]);
      return { project: found, states, labels };
    });
  }

  forgetBoard(project: string): void {
    this.#cache.forget(`board ${project}`);
  }

  /** All tasks of a project, as of now: one request that reads what changed since the last one. */
  async tasks(board: Board): Promise<Task[]> {
    const { workspace } = this.bridge.config;
    const { id } = board.project;
    let snapshot = this.#snapshots.get(id);
    if (snapshot === undefined) {
      snapshot = new Snapshot(this.bridge.clock, (since) =>
        changedWorkItems(this.access, workspace, id, since),
      );
      this.#snapshots.set(id, snapshot);
    }
    const items = await snapshot.items();
    const current = await this.#boardOf(items, board);
    return items.map((item) => taskOf(item, current));
  }

  /** The project's board with every state and label that items name: one that is new has it read again, once. */
  async #boardOf(items: readonly WorkItem[], board: Board): Promise<Board> {
    const known = new Set([...board.states, ...board.labels].map(({ id }) => id));
    const named = items.flatMap(({ state, labels }) => (state === null ? labels : [state, ...labels]));
    const strange = named.filter((id) => !known.has(id) && !this.#strange.has(id));
    if (strange.length === 0) return board;
    for (const id of strange) this.#strange.add(id);
    this.forgetBoard(board.project.id);
    return this.board(board.project.id);
  }

  /** Tasks of all projects that the agent is in. */
  async allTasks(): Promise<Task[]> {
    const lists = await Promise.all(
      (await this.projects()).map(async ({ id }) => this.tasks(await this.board(id))),
    );
    return lists.flat();
  }

  /**
   * One task as it is in Plane this moment.
   * @param id its key, `ONB-3`, or its uuid.
   */
  async task(id: string): Promise<Task> {
    const item = await this.#item(id.trim());
    return taskOf(item, await this.#boardOf([item], await this.board(item.project)));
  }

  /** The task again, read anew. */
  async again({ item, board }: Task): Promise<Task> {
    const { workspace } = this.bridge.config;
    const now = await getWorkItem(this.access, workspace, item.project, item.id);
    return taskOf(now, await this.#boardOf([now], board));
  }

  /** What a task waits for, with the state of each as it is this moment. */
  async dependencies(task: Task): Promise<Task[]> {
    const { blocked_by } = await this.relations(task);
    return this.related(task, blocked_by);
  }

  /** The same from what was read lately: for a list, not for a decision. */
  async knownDependencies(task: Task): Promise<Task[]> {
    const { id, updated_at } = task.item;
    const { blocked_by } = await this.#cache.get(`relations ${id} ${updated_at}`, RELATIONS_MS, () =>
      this.relations(task),
    );
    return this.related(task, blocked_by, "known");
  }

  /**
   * The tasks that a relation names, of those that the agent may see.
   * @param how `known` takes a project's tasks as they were last read, where they were.
   */
  async related(
    task: Task,
    related: readonly { issue_id: string; project_id: string }[],
    how: "fresh" | "known" = "fresh",
  ): Promise<Task[]> {
    // One that points at itself is the server's to forgive: nothing waits for itself.
    const others = related.filter(({ issue_id }) => issue_id !== task.item.id);
    const joined = new Set((await this.projects()).map(({ id }) => id));
    const projects = [...new Set(others.map(({ project_id }) => project_id))].filter((id) => joined.has(id));
    const lists = await Promise.all(
      projects.map(async (id) => {
        const board = await this.board(id);
        const known = how === "known" ? this.#snapshots.get(id)?.known() : undefined;
        return known === undefined ? this.tasks(board) : known.map((item) => taskOf(item, board));
      }),
    );
    const tasks = lists.flat();
    return others.flatMap(({ issue_id }) => tasks.find(({ item }) => item.id === issue_id) ?? []);
  }

  relations({ item }: Task) {
    return relationsOf(this.access, this.bridge.config.workspace, item.project, item.id);
  }

  /**
   * Changes a task in one request: state, field block, the labels that mirror fields, and assignees. A block that
   * somebody else has changed meanwhile is not written over: the task is read first.
   */
  async change(task: Task, change: Change): Promise<Task> {
    try {
      return await this.#write(task, change);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 400) throw error;
      // A label that a person deleted since the board was read.
      this.forgetBoard(task.item.project);
      return this.#write({ ...task, board: await this.board(task.item.project) }, change);
    }
  }

  async #write(task: Task, { status, fields, assignedTo }: Change): Promise<Task> {
    const now = await this.again(task);
    const { board } = now;
    const description = fields === undefined ? undefined : writeFields(now.item.description_html, fields);
    const body: Record<string, unknown> = {};
    if (status !== undefined && status !== now.status) body["state"] = this.#stateId(board, status);
    if (description !== undefined && description !== now.item.description_html) {
      body["description_html"] = description;
    }
    if (fields !== undefined) {
      const labels = mirroredLabels(
        now,
        { ...now.item, description_html: description ?? null },
        board.labels,
      );
      if (labels !== undefined) body["labels"] = labels;
    }
    if (assignedTo !== undefined) {
      const assignees = await this.#assignees(now, assignedTo);
      if (assignees !== undefined) body["assignees"] = assignees;
    }
    if (Object.keys(body).length === 0) return now;
    const { workspace } = this.bridge.config;
    return taskOf(await patchWorkItem(this.access, workspace, now.item.project, now.item.id, body), board);
  }

  /**
   * Writes a comment, once per task and `mark`: to the server an external id is one of the whole project.
   * @param html clean: Plane stores what it gets.
   */
  async say(task: Task, html: string, mark?: string): Promise<void> {
    const body: CommentBody = { comment_html: html };
    if (mark !== undefined) {
      Object.assign(body, { external_source: EXTERNAL_SOURCE, external_id: `${task.item.id}:${mark}` });
    }
    await createComment(this.access, this.path(task), body);
  }

  path({ item }: Task): ItemPath {
    return { slug: this.bridge.config.workspace, project: item.project, id: item.id };
  }

  /** Where people see the task. */
  link({ key }: Task): string {
    const { publicUrl, workspace } = this.bridge.config;
    return `${publicUrl}/${workspace}/browse/${key}/`;
  }

  async #item(id: string): Promise<WorkItem> {
    const { workspace } = this.bridge.config;
    const key = /^([A-Za-z0-9]{1,12})-(\d{1,9})$/.exec(id);
    try {
      if (key !== null) {
        return await getWorkItemByKey(
          this.access,
          workspace,
          (key[1] as string).toUpperCase(),
          Number(key[2]),
        );
      }
      for (const task of await this.allTasks()) if (task.item.id === id) return (await this.again(task)).item;
    } catch (error) {
      if (!(error instanceof Refused && error.outOfReach)) throw error;
    }
    throw new BridgeError(
      `There is no task "${id}" in the projects that you are in`,
      "take an id that plane_list_my_tasks shows, like ONB-3",
    );
  }

  #stateId(board: Board, status: Status): string {
    const state = stateOf(board.states, status);
    if (state !== undefined) return state.id;
    this.forgetBoard(board.project.id);
    throw new BridgeError(
      `Project ${board.project.identifier} has no state for "${status}"`,
      "tell a person: pulumi up --refresh makes the states of a managed project again",
    );
  }

  /** Assignees with the agents among them replaced; undefined when they are right already. */
  async #assignees({ item }: Task, agentId: string | null): Promise<string[] | undefined> {
    const { agents } = this.bridge.config;
    const people = await this.people();
    const idOf = (email: string | undefined) => people.find((person) => person.email === email)?.id;
    const agentIds = new Set(agents.map(({ email }) => idOf(email)));
    const others = item.assignees.filter((id) => !agentIds.has(id));
    const wanted = idOf(agents.find((agent) => agent.agentId === agentId)?.email);
    const assignees = wanted === undefined ? others : [...others, wanted];
    const same =
      assignees.length === item.assignees.length && assignees.every((id) => item.assignees.includes(id));
    return same ? undefined : assignees;
  }
}

/** What an agent's desk remembers from call to call, as long as the process lives. */
export class DeskMemory {
  readonly cache: Cache;
  readonly snapshots = new Map<string, Snapshot>();
  /** States and labels that no board had when an item named them. */
  readonly strange = new Set<string>();

  constructor({ clock }: Pick<Bridge, "clock">) {
    this.cache = new Cache(clock);
  }
}
