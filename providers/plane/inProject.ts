import { EXTERNAL_SOURCE } from "../../plane/projectSetup.ts";
import type { PlaneInputs, Problem } from "./reconciler.ts";

/** What every resource inside a workspace is given. */
export interface WorkspaceInputs extends PlaneInputs {
  /** Of the workspace. */
  slug: string;
}

/** What every resource inside a project is given. */
export interface ProjectInputs extends WorkspaceInputs {
  projectId: string;
}

interface External {
  external_source: string | null;
  external_id: string | null;
}

/** The one of ours that carries this external id. */
export function byExternalId<T extends External>(items: readonly T[], externalId: string): T | undefined {
  return items.find(
    ({ external_source, external_id }) => external_source === EXTERNAL_SOURCE && external_id === externalId,
  );
}

/** Ours are marked by their external source. */
export function foreignExternal({ external_source }: External): Problem {
  if (external_source === EXTERNAL_SOURCE) return undefined;
  return external_source === null ? "it was made by hand" : `it was made by "${external_source}"`;
}

/** The changed inputs under the server's names: what a PATCH sends. */
export function pick<Inputs extends object>(
  fields: { readonly [Name in keyof Inputs]?: string },
  inputs: Inputs,
  changed: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    changed.flatMap((name) => {
      const field = fields[name as keyof Inputs];
      return field === undefined ? [] : [[field, inputs[name as keyof Inputs]]];
    }),
  );
}
