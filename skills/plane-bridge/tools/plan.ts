import { z } from "zod";
import { chooseAgent, loads } from "../core/choice.ts";
import { budgetOf, estimateCost } from "../core/money.ts";
import { makeProject } from "../core/newProject.ts";
import { makeTask } from "../core/newTask.ts";
import { inOrder } from "../core/order.ts";
import { agentNamed } from "../core/ownership.ts";
import type { Task } from "../core/task.ts";
import { projectInput } from "./createProject.ts";
import { taskInput } from "./planning.ts";
import { tool } from "./tool.ts";

const step = z.strictObject({
  ref: z.string().min(1).max(40).describe("Name of this task within the plan"),
  ...taskInput,
  agent: z.string().optional().describe("agent_id of who does it; left out: chosen by skills and load"),
  skills: z
    .array(z.string())
    .default([])
    .describe("French words of the personas: code, images, documentation, recherches, budgets, ..."),
  depends_on: z.array(z.string()).default([]).describe("refs of this plan, or ids of tasks that exist"),
});

export const plan = tool({
  name: "plane_plan",
  title: "Plan a project's tasks",
  description:
    "A whole breakdown in one call: the project, made when it is new, its tasks with dependencies, agents chosen by persona and load. " +
    "Call it again with the same plan: nothing is made twice, and what is missing is made.",
  input: z.strictObject({ project: z.strictObject(projectInput), tasks: z.array(step).min(1).max(50) }),
  callers: "concierge",
  readOnly: false,
  idempotent: true,
  example: {
    project: { name: "Page de statut", identifier: "STATUT" },
    tasks: [
      { ref: "build", title: "Construire la page", kind: "code", skills: ["code"], depends_on: [] },
      {
        ref: "doc",
        title: "Documenter la page",
        kind: "document",
        skills: ["documentation"],
        depends_on: ["build"],
      },
    ],
  },
  async run(desk, { project: wish, tasks: steps }) {
    const ordered = inOrder(steps);
    for (const { agent } of ordered) if (agent !== undefined) agentNamed(desk, agent);
    const refs = new Set(ordered.map(({ ref }) => ref));
    const named = [...new Set(ordered.flatMap(({ depends_on }) => depends_on))].filter(
      (ref) => !refs.has(ref),
    );
    const known = new Map<string, Task>(
      await Promise.all(named.map(async (id): Promise<[string, Task]> => [id, await desk.task(id)])),
    );

    const project = await makeProject(desk, wish);
    const board = await desk.board(project.id);
    const { config, clock } = desk.bridge;
    const existing = await desk.allTasks();
    const load = loads(existing);
    const made: { ref: string; id: string; agent: string; cost_estimate: number; url: string }[] = [];
    for (const {
      ref,
      agent: wanted,
      skills,
      depends_on,
      complexity,
      cost_estimate,
      due_date,
      deliverable_required,
      ...rest
    } of ordered) {
      const agent =
        wanted === undefined
          ? (planned(existing, rest.title, project.id, config.agents) ??
            chooseAgent(config.agents, config.concierge, skills, load))
          : agentNamed(desk, wanted);
      const cost = cost_estimate ?? estimateCost(config, existing, agent.agentId, complexity);
      const task = await makeTask(desk, board, {
        ...rest,
        agent,
        cost,
        dueDate: due_date,
        deliverableRequired: deliverable_required,
        dependencies: depends_on.flatMap((name) => known.get(name) ?? []),
      });
      known.set(ref, task);
      load.set(agent.agentId, (load.get(agent.agentId) ?? 0) + 1);
      made.push({
        ref,
        id: task.key,
        agent: agent.agentId,
        cost_estimate: task.fields.cost_estimate ?? cost,
        url: desk.link(task),
      });
    }
    const budget = budgetOf(config, await desk.allTasks(), clock.now());
    const over = budget.rest !== null && budget.active > budget.rest;
    const lines = made.map(
      ({ ref, id, agent, cost_estimate }) => `${ref}: ${id}, ${agent}, $${cost_estimate}`,
    );
    return {
      text: `${project.identifier}\n${lines.join("\n")}${over ? `\nAbove the budget: active tasks cost $${budget.active}, $${budget.rest} are left. Tell the human.` : ""}`,
      data: { project: project.identifier, tasks: made, budget },
    };
  },
});

/** Who got this task when the plan was first made: the load has changed since, the choice must not. */
function planned<A extends { agentId: string }>(
  tasks: readonly Task[],
  title: string,
  project: string,
  agents: readonly A[],
): A | undefined {
  const found = tasks.find(
    ({ item }) =>
      item.project === project &&
      item.name === title.trim() &&
      item.external_id?.startsWith("task:") === true,
  );
  return agents.find(({ agentId }) => agentId === found?.fields.agent_id);
}
