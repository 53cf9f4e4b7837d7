import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { allPages } from "../pages.ts";
import type { Patience } from "../retry.ts";
import { SharedList } from "../sharedList.ts";

const State = z.object({
  id: z.string(),
  name: z.string(),
  color: z.string(),
  group: z.string(),
  default: z.boolean(),
  external_source: z.string().nullable(),
  external_id: z.string().nullable(),
});
export type State = z.output<typeof State>;
type StateBody = Omit<State, "id" | "default">;

export function stateList(
  access: Access,
  slug: string,
  project: string,
  patience: Patience = "full",
): SharedList<State> {
  return new SharedList(JSON.stringify(["states", access.url, slug, project]), () =>
    allPages(new PlaneClient(access, patience), "states.list", { slug, project }, State),
  );
}

export function createState(
  access: Access,
  slug: string,
  project: string,
  body: StateBody,
  look: () => Promise<State | undefined>,
): Promise<State> {
  return new PlaneClient(access).create("states.create", { slug, project }, { body, answer: State, look });
}

export function patchState(
  access: Access,
  slug: string,
  project: string,
  id: string,
  body: Partial<Omit<State, "id">>,
): Promise<State> {
  return new PlaneClient(access).call("states.patch", { slug, project, id }, { body, answer: State });
}

/** Makes a state the default and the old one not; a PATCH of `default` would leave two (contracts/plane). */
export async function markDefault(access: Access, slug: string, project: string, id: string): Promise<void> {
  await new PlaneClient(access).call("states.markDefault", { slug, project, id }, { answer: z.unknown() });
}

export function deleteState(access: Access, slug: string, project: string, id: string): Promise<void> {
  return new PlaneClient(access).remove("states.delete", { slug, project, id });
}
