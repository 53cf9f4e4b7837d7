import type { dynamic } from "@pulumi/pulumi";
import { isPaidEdition } from "../../plane/api/instance.ts";
import { difference } from "../difference.ts";
import type { WorkspaceInputs } from "./inProject.ts";
import { checked, lookOrLeave } from "./reconciler.ts";

/**
 * A field of work items as this platform keeps it: a line of the field block in the description (PROV-04).
 * Community Edition has no custom fields, so nothing is made on the server but the labels that mirror the field.
 */
export interface CustomFieldInputs extends WorkspaceInputs {
  name: string;
  type: "text" | "number";
  /** What its values may be, in French: people read it when a value is refused. */
  allowed: string;
  /** Names of the labels that mirror it in Plane's own filters. */
  mirrors: string[];
}

export const check = (_olds: unknown, news: CustomFieldInputs) =>
  checked<CustomFieldInputs>(
    {
      name: (value) =>
        /^[a-z][a-z0-9_]{0,39}$/.test(String(value))
          ? undefined
          : `found ${JSON.stringify(value)}; allowed: small letters, digits and _, up to 40`,
    },
    news,
  );

export async function diff(_id: string, olds: CustomFieldInputs, news: CustomFieldInputs) {
  return difference(olds as unknown as Record<string, unknown>, { ...news }, ["slug", "name"]);
}

/** Looks which edition this is: `paid` tells the program to say that only the field block is supported. */
export async function create(inputs: CustomFieldInputs): Promise<dynamic.CreateResult> {
  return { id: `${inputs.slug}/${inputs.name}`, outs: await outsOf(inputs) };
}

export async function read(id: string, props: CustomFieldInputs): Promise<dynamic.ReadResult> {
  const paid = await lookOrLeave(props.access, (patience) =>
    isPaidEdition(props.access, props.slug, patience),
  );
  if (paid === "emptied") return {};
  const { paidEdition: _, ...inputs } = props as CustomFieldInputs & { paidEdition?: boolean };
  return { id, props: typeof paid === "string" ? props : { ...inputs, paidEdition: paid }, inputs };
}

export async function update(_id: string, _olds: unknown, news: CustomFieldInputs) {
  return { outs: await outsOf(news) };
}

/** Nothing of it is on the server: blocks in descriptions are people's and agents' data, and stay. */
async function remove(): Promise<void> {}

export { remove as delete };

async function outsOf(inputs: CustomFieldInputs) {
  return { ...inputs, paidEdition: await isPaidEdition(inputs.access, inputs.slug, "full") };
}
