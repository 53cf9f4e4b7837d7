import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { allPages } from "../pages.ts";
import type { Patience } from "../retry.ts";
import { SharedList } from "../sharedList.ts";

const Label = z.object({
  id: z.string(),
  name: z.string(),
  color: z.string(),
  external_source: z.string().nullable(),
  external_id: z.string().nullable(),
});
export type Label = z.output<typeof Label>;
type LabelBody = Omit<Label, "id">;

export function labelList(
  access: Access,
  slug: string,
  project: string,
  patience: Patience = "full",
): SharedList<Label> {
  return new SharedList(JSON.stringify(["labels", access.url, slug, project]), () =>
    allPages(new PlaneClient(access, patience), "labels.list", { slug, project }, Label),
  );
}

export function createLabel(
  access: Access,
  slug: string,
  project: string,
  body: LabelBody,
  look: () => Promise<Label | undefined>,
): Promise<Label> {
  return new PlaneClient(access).create("labels.create", { slug, project }, { body, answer: Label, look });
}

export function patchLabel(
  access: Access,
  slug: string,
  project: string,
  id: string,
  body: Partial<LabelBody>,
): Promise<Label> {
  return new PlaneClient(access).call("labels.patch", { slug, project, id }, { body, answer: Label });
}

export function deleteLabel(access: Access, slug: string, project: string, id: string): Promise<void> {
  return new PlaneClient(access).remove("labels.delete", { slug, project, id });
}
