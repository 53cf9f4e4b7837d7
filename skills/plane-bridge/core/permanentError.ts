import type { PlaneError } from "../../../plane/errors.ts";
import { type Agent, agentBy } from "./config.ts";
import { Desk } from "./desk.ts";
import { isTokenRefused } from "./errors.ts";
import { accessOf } from "./identity.ts";
import { toInlineHtml } from "./markdown.ts";
import { digest } from "./once.ts";
import { nextStatuses } from "./status.ts";

/**
 * What does not mend itself (OPENCLAW-15): it is logged, the task becomes `blocked`, and a comment says what a person
 * can do. When it is the agent's own token that Plane refuses, the concierge's marks the task.
 * @returns the words for the agent.
 */
export async function reportPermanent(
  desk: Desk,
  tool: string,
  input: Record<string, unknown>,
  error: PlaneError,
): Promise<string> {
  const { bridge, agent } = desk;
  bridge.log(`${tool} of ${agent.agentId} failed for good: ${error.message}`);
  const id = input["task_id"];
  const marked =
    typeof id === "string" &&
    (await block(isTokenRefused(error) ? conciergeOf(desk) : desk, id, agent, error));
  return `${error.message}. This does not mend itself: ${
    marked ? "the task is blocked now, and a comment asks a person" : "it is logged"
  }. Next: leave this task, and go on with another.`;
}

function conciergeOf({ bridge }: Desk): Desk | undefined {
  const concierge = agentBy(bridge.config, "agentId", bridge.config.concierge);
  return concierge && new Desk(bridge, concierge, accessOf(bridge.config, concierge));
}

async function block(desk: Desk | undefined, id: string, agent: Agent, error: PlaneError): Promise<boolean> {
  if (desk === undefined) return false;
  try {
    const task = await desk.task(id);
    if (task.fields.agent_id !== agent.agentId) return false;
    const mayBlock = task.status !== undefined && nextStatuses(task.status).includes("blocked");
    if (mayBlock) await desk.change(task, { status: "blocked" });
    const help = isTokenRefused(error)
      ? `Plane refuse le jeton de ${agent.displayName} : \`pulumi up --refresh\` en fait un nouveau.`
      : "Vérifiez dans Plane que la tâche et le projet existent encore et que l'agent en est membre, puis remettez la tâche à « Todo ».";
    await desk.say(
      task,
      `<p>❌ Failed: ${toInlineHtml(error.message)}</p><p>${toInlineHtml(help)}</p>`,
      `error:${digest(error.message)}`,
    );
    return true;
  } catch (failure) {
    desk.bridge.log(`${id} could not be marked as blocked: ${(failure as Error).message}`);
    return false;
  }
}
