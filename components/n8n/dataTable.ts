import { type CustomResourceOptions, dynamic, type Input, secret } from "@pulumi/pulumi";
import type { DataTableInputs } from "../../providers/n8n/dataTable.ts";
import { providerAt } from "../../providers/stub.ts";

export type N8nDataTableArgs = { [Name in keyof DataTableInputs]: Input<DataTableInputs[Name]> };

/** A table in which flows remember something. */
export class N8nDataTable extends dynamic.Resource {
  constructor(name: string, args: N8nDataTableArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/n8n/dataTable.ts"),
      name,
      { ...args, api: secret(args.api) },
      { ...options, additionalSecretOutputs: ["api"] },
      "planeops",
      "N8nDataTable",
    );
  }
}
