import type { Agent } from "./config.ts";
import { ACTIVE } from "./status.ts";
import type { Task } from "./task.ts";

/** Open tasks by agent: what OPENCLAW-17 calls the load. */
export function loads(tasks: readonly Task[]): Map<string, number> {
  const load = new Map<string, number>();
  for (const { status, fields } of tasks) {
    if (fields.agent_id === undefined || status === undefined || !ACTIVE.includes(status)) continue;
    load.set(fields.agent_id, (load.get(fields.agent_id) ?? 0) + 1);
  }
  return load;
}

/**
 * Who does a task that names no agent (OPENCLAW-17): who has most of the wanted skills in the persona, of those the
 * least loaded, of those the first by name. The concierge plans and gets nothing by choice.
 */
export function chooseAgent(
  agents: readonly Agent[],
  concierge: string,
  skills: readonly string[],
  load: ReadonlyMap<string, number>,
): Agent {
  const fit = ({ persona }: Agent) => skills.filter((skill) => words(persona).includes(bare(skill))).length;
  const [best] = agents
    .filter(({ agentId }) => agentId !== concierge)
    .toSorted(
      (a, b) =>
        fit(b) - fit(a) ||
        (load.get(a.agentId) ?? 0) - (load.get(b.agentId) ?? 0) ||
        a.agentId.localeCompare(b.agentId),
    );
  return best ?? (agents[0] as Agent);
}

function words(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).map(bare);
}

function bare(word: string): string {
  return word.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase().replace(/s$/, "");
}
