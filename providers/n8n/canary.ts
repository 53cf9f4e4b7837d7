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

/**
 * Lets n8n take a workflow and start it under a name and paths that nobody calls, and removes it again.
 * @throws N8nError with what n8n says against it; nothing that runs was touched.
 */
export async function tryOut(api: N8nApi, workflow: WorkflowText): Promise<void> {
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

/** A trigger that nothing sets off. */
function quiet(node: Node): Node {
  const { type, parameters } = node;
  const webhookId = node.webhookId === undefined ? {} : { webhookId: randomUUID() };
  if (type === "n8n-nodes-base.webhook")
    return { ...node, ...webhookId, parameters: { ...parameters, path: `tried-out/${randomUUID()}` } };
  if (type === "n8n-nodes-base.scheduleTrigger")
    return { ...node, parameters: { ...parameters, rule: NEVER } };
  return { ...node, ...webhookId };
}
