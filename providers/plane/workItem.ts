import {
  addBlockers,
  blockersOf,
  createWorkItem,
  deleteWorkItem,
  type WorkItemRef,
  workItemRefs,
} from "../../plane/api/workItems.ts";
import { EXTERNAL_SOURCE } from "../../plane/projectSetup.ts";
import { byExternalId, foreignExternal, type ProjectInputs } from "./inProject.ts";
import { reconciler } from "./reconciler.ts";

/** A work item whose existence is managed; all else is a seed, for people and agents work on it. */
export interface WorkItemInputs extends ProjectInputs {
  externalId: string;
  name: string;
  descriptionHtml: string;
  /** Ids of the project's own state, labels and members. */
  stateId: string;
  labelIds: string[];
  assigneeIds: string[];
  /** `none`, `low`, `medium`, `high` or `urgent`. */
  priority: string;
  /** Ids of the work items that have to be done before. */
  blockedBy: string[];
}

export const {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
} = reconciler<WorkItemInputs, WorkItemRef>({
  name: ({ externalId, projectId }) => `work item ${externalId} of project ${projectId}`,
  rules: {},
  seeds: ["name", "descriptionHtml", "stateId", "labelIds", "assigneeIds", "priority", "blockedBy"],
  replaceOn: ["slug", "projectId", "externalId"],
  find: async (inputs) => {
    const found = byExternalId(await listOf(inputs).all(), inputs.externalId);
    // One that a killed run made may lack what comes after it.
    if (found !== undefined) await block(inputs, found);
    return found;
  },
  foreign: (live) => foreignExternal(live),
  make: async (inputs) => {
    const { access, slug, projectId, externalId } = inputs;
    const list = listOf(inputs);
    const body = {
      name: inputs.name,
      description_html: inputs.descriptionHtml,
      state: inputs.stateId,
      labels: inputs.labelIds,
      assignees: inputs.assigneeIds,
      priority: inputs.priority,
      external_source: EXTERNAL_SOURCE,
      external_id: externalId,
    };
    const look = async () => byExternalId(await list.again(), externalId);
    const made = await list.put(await createWorkItem(access, slug, projectId, body, look));
    await block(inputs, made);
    return made;
  },
  get: async (id, { access, slug, projectId }, patience) =>
    (await workItemRefs(access, slug, projectId, patience).all()).find((item) => item.id === id),
  attributes: () => ({}),
  patch: async (live) => live,
  remove: async (id, inputs) => {
    await deleteWorkItem(inputs.access, inputs.slug, inputs.projectId, id);
    await listOf(inputs).drop(id);
  },
});

export { remove as delete };

async function block({ access, slug, projectId, blockedBy }: WorkItemInputs, { id }: WorkItemRef) {
  if (blockedBy.length === 0) return;
  const present = await blockersOf(access, slug, projectId, id);
  const missing = blockedBy.filter((blocker) => !present.includes(blocker));
  if (missing.length > 0) await addBlockers(access, slug, projectId, id, missing);
}

function listOf({ access, slug, projectId }: WorkItemInputs) {
  return workItemRefs(access, slug, projectId);
}
