import { type CustomResourceOptions, dynamic, type Input, secret } from "@pulumi/pulumi";
import type { WorkflowInputs } from "../../providers/n8n/workflow.ts";
import { providerAt } from "../../providers/stub.ts";

export type N8nWorkflowArgs = { [Name in keyof WorkflowInputs]: Input<WorkflowInputs[Name]> };

/** A workflow that runs as this stack wants it, and goes live only after n8n has taken it elsewhere (NOTIF-03). */
export class N8nWorkflow extends dynamic.Resource {
  constructor(name: string, args: N8nWorkflowArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/n8n/workflow.ts"),
      name,
      { ...args, api: secret(args.api) },
      { ...options, additionalSecretOutputs: ["api"] },
      "planeops",
      "N8nWorkflow",
    );
  }
}
