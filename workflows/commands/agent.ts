import type { Day } from "../workspace/days.ts";
import type { Agent, Settings } from "../workspace/settings.ts";
import { OPEN, type Status } from "../workspace/status.ts";
import { byUrgency, type Task } from "../workspace/task.ts";
import { count, named, STATUS_WORDS, someOf, taskLine } from "../workspace/words.ts";

/** Tasks that are named below each heading. */
const MOST = 20;

const HEADINGS: Partial<Record<Status, string>> = {
  in_progress: "En cours",
  blocked: "Bloquées",
  todo: "À faire",
  backlog: "En réserve",
};

/** `/plane agent <nom>`: the open tasks whose field `agent_id` names the agent (NOTIF-06, OPENCLAW-10). */
export function agentText(agent: Agent, tasks: readonly Task[], settings: Settings, today: Day): string {
  const own = tasks.filter(
    ({ status, fields }) => OPEN.includes(status) && fields.agent_id === agent.agentId,
  );
  const title = `🤖 <b>${named(agent.displayName)}</b>`;
  if (own.length === 0) return `${title} : aucune tâche ouverte.`;
  const sections = OPEN.flatMap((status) => {
    const some = own.filter((task) => task.status === status).sort(byUrgency);
    const lines = some.map(
      (task) => `• ${taskLine(task, settings, { today, owner: false })} (${named(task.project.name)})`,
    );
    const heading = `<b>${STATUS_WORDS[status].sign} ${HEADINGS[status]} (${lines.length})</b>`;
    return lines.length === 0 ? [] : ["", heading, ...someOf(lines, MOST)];
  });
  return [`${title} : ${count(own.length, "tâche ouverte", "tâches ouvertes")}`, ...sections].join("\n");
}
