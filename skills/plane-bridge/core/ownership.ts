import { type Agent, agentBy } from "./config.ts";
import type { Desk } from "./desk.ts";
import { BridgeError } from "./errors.ts";
import type { Task } from "./task.ts";

/**
 * The task, when the caller may change it: it is its own by the field `agent_id`, or the caller plans.
 * @throws BridgeError
 */
export async function ownTask(desk: Desk, id: string): Promise<Task> {
  const task = await desk.task(id);
  const owner = task.fields.agent_id;
  if (owner === desk.agent.agentId || desk.isConcierge) return task;
  throw new BridgeError(
    `${task.key} is ${owner === undefined ? "nobody's" : `${owner}'s`}, not yours`,
    "work on what plane_list_my_tasks shows; when this one should be yours, ask the concierge on a task of yours",
  );
}

/** Who works on a task: its agent, or who calls where it has none. */
export function workerOf(desk: Desk, task: Task): Agent {
  const { agent_id } = task.fields;
  return (agent_id && agentBy(desk.bridge.config, "agentId", agent_id)) || desk.agent;
}

/** @throws BridgeError that names the agents there are. */
export function agentNamed(desk: Desk, agentId: string): Agent {
  const agent = agentBy(desk.bridge.config, "agentId", agentId);
  if (agent !== undefined) return agent;
  const known = desk.bridge.config.agents.map((candidate) => candidate.agentId).join(", ");
  throw new BridgeError(`There is no agent "${agentId}"`, `use one of ${known}`);
}
