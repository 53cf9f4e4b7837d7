import { randomUUID } from "node:crypto";
import { call, callIfThere, listAll, type N8nApi } from "./client.ts";
import { N8nError } from "./http.ts";
import type { WorkflowText } from "./workflow.ts";

interface Node {
  name: string;
  type: string;
  webhookId?: string;
  parameters: Record<string, unknown>;
}

/** Never while a canary lives: the 29th of February, at night. */
const NEVER = { interval: [{ field: "cronExpression", expression: "0 3 29 2 *" }] };

const WEBHOOK = "n8n-nodes-base.webhook";
const SCHEDULE = "n8n-nodes-base.scheduleTrigger";
/** Triggers that a second workflow can have without anybody being told. Telegram's takes the bot's updates away. */
const HARMLESS = [
  SCHEDULE,
  "n8n-nodes-base.errorTrigger",
  "n8n-nodes-base.executeWorkflowTrigger",
  "n8n-nodes-base.manualTrigger",
];

/**
 * Lets n8n take a workflow and start it under a name and paths that nobody calls, and removes it again.
 * @throws N8nError with what n8n says against it, or for a trigger that another service would be told of; nothing that
 * runs was touched.
 */
export async function tryOut(api: N8nApi, workflow: WorkflowText): Promise<void> {
  refuseReaching(workflow);
  const name = `${workflow.name} (tried out)`;
  await removeAll(api, name);
  const candidate = { ...workflow, name, nodes: (workflow.nodes as Node[]).map(quiet) };
  try {
    const { id } = await call<{ id: string }>(api, "POST", "/workflows", candidate);
    await call(api, "POST", `/workflows/${id}/activate`);
  } catch (error) {
    throw new N8nError(
      `n8n does not take workflow ${workflow.name}, so nothing that runs was touched: ${(error as Error).message}`,
    );
  } finally {
    await removeAll(api, name);
  }
}

/** Also what a killed run left, or a creation whose answer was lost. */
async function removeAll(api: N8nApi, name: string): Promise<void> {
  const found = await listAll<{ id: string; name: string }>(
    api,
    `/workflows?name=${encodeURIComponent(name)}`,
  );
  for (const { id } of found.filter((each) => each.name === name))
    await callIfThere(api, "DELETE", `/workflows/${id}`);
}

/** Starting such a trigger tells a service to send here from now on, and stopping it to send nowhere. */
function refuseReaching({ name, nodes }: WorkflowText): void {
  const reaching = (nodes as Node[]).filter(({ type }) => /trigger$/i.test(type) && !HARMLESS.includes(type));
  if (reaching.length > 0)
    throw new N8nError(
      `workflow ${name} was not touched: it cannot be tried out with ${reaching.map((node) => `"${node.name}" (${node.type})`).join(", ")}, ` +
        "whose service would send its events to the trial. Let a webhook or a schedule set it off",
    );
}

/** A trigger that nothing sets off. */
function quiet(node: Node): Node {
  const { type, parameters } = node;
  const webhookId = node.webhookId === undefined ? {} : { webhookId: randomUUID() };
  if (type === WEBHOOK)
    return { ...node, ...webhookId, parameters: { ...parameters, path: `tried-out/${randomUUID()}` } };
  if (type === SCHEDULE) return { ...node, parameters: { ...parameters, rule: NEVER } };
  return { ...node, ...webhookId };
}
