import { z } from "zod";
import { estimateCost } from "../core/money.ts";
import { makeTask } from "../core/newTask.ts";
import { agentNamed } from "../core/ownership.ts";
import { taskInput } from "./planning.ts";
import { tool } from "./tool.ts";

export const createTask = tool({
  name: "plane_create_task",
  title: "Create a task",
  description:
    "Creates a task in todo for one agent, with estimated cost, confidence 0.8 and dependencies. The same project, title and agent again is the same task. For several tasks at once use plane_plan.",
  input: z.strictObject({
    project_id: z.string().min(1).describe("Identifier, name or id of the project"),
    assignee: z.string().min(1).describe("agent_id of who does it"),
    dependencies: z.array(z.string()).default([]).describe("Ids of tasks that have to be done before"),
    ...taskInput,
  }),
  callers: "concierge",
  readOnly: false,
  idempotent: true,
  example: {
    project_id: "ONB",
    title: "Mesurer la page de statut",
    description: "Combien de temps met-elle à répondre ?",
    assignee: "r2d2",
    dependencies: ["ONB-2"],
  },
  async run(desk, wish) {
    const agent = agentNamed(desk, wish.assignee);
    const board = await desk.board(wish.project_id);
    const dependencies = await Promise.all(wish.dependencies.map((id) => desk.task(id)));
    const cost =
      wish.cost_estimate ??
      estimateCost(desk.bridge.config, await desk.allTasks(), agent.agentId, wish.complexity);
    const task = await makeTask(desk, board, {
      title: wish.title,
      description: wish.description,
      agent,
      priority: wish.priority,
      dueDate: wish.due_date,
      cost,
      kind: wish.kind,
      deliverableRequired: wish.deliverable_required,
      dependencies,
    });
    const data = {
      id: task.key,
      url: desk.link(task),
      assignee: agent.agentId,
      cost_estimate: task.fields.cost_estimate,
    };
    return { text: `${task.key} is ${agent.agentId}'s: ${data.url}`, data };
  },
});
