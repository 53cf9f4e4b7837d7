import { idFor } from "./ids.ts";

/** A node as the API takes it (contracts/n8n). */
export interface Node {
  id: string;
  name: string;
  type: string;
  typeVersion: number;
  position: [number, number];
  parameters: Record<string, unknown>;
  webhookId?: string;
  credentials?: Record<string, Credential>;
  /** What follows an error: the next node all the same, or the one at the second output. */
  onError?: "continueRegularOutput" | "continueErrorOutput";
  /** One empty item where there is none, so that what follows runs. */
  alwaysOutputData?: boolean;
  /** For the first item only. */
  executeOnce?: boolean;
}

/** A credential by n8n's id; the name is for people. */
export interface Credential {
  id: string;
  name: string;
}

/** A workflow as the API takes it, and nothing else. */
export interface Workflow {
  name: string;
  nodes: Node[];
  connections: Record<string, { main: { node: string; type: "main"; index: 0 }[][] }>;
  settings: Record<string, unknown>;
}

/** A node of a flow, before it has its place. */
export type Step = Omit<Node, "id" | "position" | "webhookId">;

/** From one node to another; the output is 0 unless it says otherwise (0: true, 1: false or error). */
export type Wire = [from: string, to: string, output?: number];

/** Nodes that n8n gives an id for their webhook, a new one at each save unless it is sent. */
const WITH_WEBHOOK_ID = [
  "n8n-nodes-base.webhook",
  "n8n-nodes-base.telegram",
  "n8n-nodes-base.respondToWebhook",
];

export interface FlowSettings {
  timeZone: string;
  /** Seconds after which an execution is given up. */
  timeout: number;
  /** n8n's id of the workflow that tells of failures; absent for that one itself. */
  errorWorkflow?: string;
}

/** Puts steps and wires together; the same input gives the same text, so that an update finds nothing to change. */
export function flow(name: string, steps: Step[], wires: Wire[], settings: FlowSettings): Workflow {
  const connections: Workflow["connections"] = {};
  for (const [from, to, output = 0] of wires) {
    connections[from] ??= { main: [] };
    const { main } = connections[from];
    while (main.length <= output) main.push([]);
    main[output]?.push({ node: to, type: "main", index: 0 });
  }
  return {
    name,
    nodes: steps.map((step, index) => ({
      ...step,
      id: idFor(name, step.name),
      position: [(index % 8) * 220, Math.floor(index / 8) * 200],
      ...(WITH_WEBHOOK_ID.includes(step.type) && { webhookId: idFor(name, step.name, "webhook") }),
    })),
    connections,
    // All that matters, also what is n8n's own default: what is not named keeps what a person or an n8n's environment set.
    settings: {
      executionOrder: "v1",
      timezone: settings.timeZone,
      // What went well is in Telegram; what failed is kept, for a person to look at.
      saveDataSuccessExecution: "none",
      saveDataErrorExecution: "all",
      saveManualExecutions: true,
      // A write for each node that has run.
      saveExecutionProgress: false,
      executionTimeout: settings.timeout,
      errorWorkflow: settings.errorWorkflow ?? "",
      // Each other, and nobody else.
      callerPolicy: "workflowsFromSameOwner",
      availableInMCP: false,
    },
  };
}
