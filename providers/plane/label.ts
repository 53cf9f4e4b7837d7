import { createLabel, deleteLabel, type Label, labelList, patchLabel } from "../../plane/api/labels.ts";
import { EXTERNAL_SOURCE } from "../../plane/projectSetup.ts";
import { colorProblem, labelNameProblem } from "../../plane/rules.ts";
import { byExternalId, foreignExternal, type ProjectInputs, pick } from "./inProject.ts";
import { reconciler } from "./reconciler.ts";

/** A label of a project. */
export interface LabelInputs extends ProjectInputs {
  name: string;
  /** `#rrggbb`. */
  color: string;
  externalId: string;
}

const FIELDS = { name: "name", color: "color", externalId: "external_id" } as const;

export const {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
} = reconciler<LabelInputs, Label>({
  name: ({ name, projectId }) => `label "${name}" of project ${projectId}`,
  rules: { name: labelNameProblem, color: colorProblem },
  replaceOn: ["slug", "projectId"],
  find: async ({ access, slug, projectId, externalId, name }) => {
    const labels = await labelList(access, slug, projectId).all();
    return byExternalId(labels, externalId) ?? labels.find((label) => label.name === name);
  },
  foreign: (live) => foreignExternal(live),
  make: async (inputs) => {
    const { access, slug, projectId, externalId } = inputs;
    const list = labelList(access, slug, projectId);
    const body = {
      name: inputs.name,
      color: inputs.color,
      external_source: EXTERNAL_SOURCE,
      external_id: externalId,
    };
    const look = async () => byExternalId(await list.again(), externalId);
    return list.put(await createLabel(access, slug, projectId, body, look));
  },
  get: async (id, { access, slug, projectId }, patience) =>
    (await labelList(access, slug, projectId, patience).all()).find((label) => label.id === id),
  attributes: ({ name, color, external_id }) => ({ name, color, externalId: external_id ?? "" }),
  patch: async (live, inputs, changed) => {
    const { access, slug, projectId } = inputs;
    const body = { ...pick(FIELDS, inputs, changed), external_source: EXTERNAL_SOURCE };
    return labelList(access, slug, projectId).put(await patchLabel(access, slug, projectId, live.id, body));
  },
  remove: async (id, { access, slug, projectId }) => {
    await deleteLabel(access, slug, projectId, id);
    await labelList(access, slug, projectId).drop(id);
  },
});

export { remove as delete };
