import type { PlaneError } from "../../../plane/errors.ts";
import type { Agent } from "./config.ts";
import { StoreRefused } from "./deliverable.ts";
import { Desk } from "./desk.ts";
import { isTokenRefused } from "./errors.ts";
import { accessOf } from "./identity.ts";
import { toInlineHtml } from "./markdown.ts";
import { digest } from "./once.ts";
import { agentNamed } from "./ownership.ts";
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
  const marked = typeof id === "string" && (await block(desk, id, error));
  return `${error.message}. This does not mend itself: ${
    marked ? "the task is blocked now, and a comment asks a person" : "it is logged"
  }. Next: leave this task, and go on with another.`;
}

/** @throws BridgeError when there is no token of its that can be read. */
function conciergeOf(desk: Desk): Desk {
  const { bridge } = desk;
  const concierge = agentNamed(desk, bridge.config.concierge);
  return new Desk(bridge, concierge, accessOf(bridge.config, concierge));
}

async function block(caller: Desk, id: string, error: PlaneError): Promise<boolean> {
  const { agent, bridge } = caller;
  try {
    const desk = isTokenRefused(error) ? conciergeOf(caller) : caller;
    const task = await desk.task(id);
    if (task.fields.agent_id !== agent.agentId) return false;
    const mayBlock = task.status !== undefined && nextStatuses(task.status).includes("blocked");
    if (mayBlock) await desk.change(task, { status: "blocked" });
    await desk.say(
      task,
      `<p>❌ Failed: ${toInlineHtml(error.message)}</p><p>${toInlineHtml(helpFor(error, agent))}</p>`,
      `error:${digest(error.message)}`,
    );
    return true;
  } catch (failure) {
    bridge.log(`${id} could not be marked as blocked: ${(failure as Error).message}`);
    return false;
  }
}

/** What a person can do. */
function helpFor(error: PlaneError, { displayName }: Agent): string {
  if (isTokenRefused(error)) {
    return `Plane refuse le jeton de ${displayName} : \`pulumi up --refresh\` en fait un nouveau.`;
  }
  return error instanceof StoreRefused
    ? "Vérifiez que le stockage des pièces jointes (MinIO) fonctionne et a de la place, puis remettez la tâche à « Todo »."
    : "Vérifiez dans Plane que la tâche et le projet existent encore et que l'agent en est membre, puis remettez la tâche à « Todo ».";
}
