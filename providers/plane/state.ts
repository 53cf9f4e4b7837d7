import {
  createState,
  deleteState,
  markDefault,
  patchState,
  type State,
  stateList,
} from "../../plane/api/states.ts";
import { Refused } from "../../plane/errors.ts";
import { EXTERNAL_SOURCE } from "../../plane/projectSetup.ts";
import { colorProblem, stateGroupProblem, stateNameProblem } from "../../plane/rules.ts";
import { byExternalId, foreignExternal, type ProjectInputs, pick } from "./inProject.ts";
import { reconciler } from "./reconciler.ts";

/** A state of a project. */
export interface StateInputs extends ProjectInputs {
  name: string;
  /** `backlog`, `unstarted`, `started`, `completed` or `cancelled`. */
  group: string;
  /** `#rrggbb`. */
  color: string;
  /** Whether new work items start here; one state of a project does. */
  isDefault: boolean;
  externalId: string;
}

const FIELDS = { name: "name", group: "group", color: "color", externalId: "external_id" } as const;
/** A new project has these from the server, unmarked: in a project of ours they are ours to take. */
const SEEDED = new Set(["Backlog", "Todo", "In Progress", "Done", "Cancelled"]);

export const {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
} = reconciler<StateInputs, State>({
  name: ({ name, projectId }) => `state "${name}" of project ${projectId}`,
  rules: { name: stateNameProblem, group: stateGroupProblem, color: colorProblem },
  replaceOn: ["slug", "projectId"],
  find: async ({ access, slug, projectId, externalId, name }) => {
    const states = await stateList(access, slug, projectId).all();
    return byExternalId(states, externalId) ?? states.find((state) => state.name === name);
  },
  foreign: (live) => (live.external_id === null && SEEDED.has(live.name) ? undefined : foreignExternal(live)),
  make: async (inputs) => {
    const { access, slug, projectId, externalId } = inputs;
    const list = stateList(access, slug, projectId);
    const body = {
      name: inputs.name,
      group: inputs.group,
      color: inputs.color,
      external_source: EXTERNAL_SOURCE,
      external_id: externalId,
    };
    const look = async () => byExternalId(await list.again(), externalId);
    return list.put(await createState(access, slug, projectId, body, look));
  },
  get: async (id, { access, slug, projectId }, patience) =>
    (await stateList(access, slug, projectId, patience).all()).find((state) => state.id === id),
  attributes: (live) => ({
    name: live.name,
    group: live.group,
    color: live.color,
    isDefault: live.default,
    externalId: live.external_id ?? "",
  }),
  patch: async (live, inputs, changed) => {
    const { access, slug, projectId } = inputs;
    const list = stateList(access, slug, projectId);
    const fields = pick(FIELDS, inputs, changed);
    let now = live;
    if (Object.keys(fields).length > 0) {
      const body = { ...fields, external_source: EXTERNAL_SOURCE };
      now = await list.put(await patchState(access, slug, projectId, live.id, body));
    }
    // The state that becomes the default takes it from the one that was: that one has nothing to send.
    if (changed.includes("isDefault") && inputs.isDefault) {
      await markDefault(access, slug, projectId, live.id);
      now = (await list.again()).find((state) => state.id === live.id) ?? now;
    }
    return now;
  },
  remove: async (id, { access, slug, projectId }) => {
    try {
      await deleteState(access, slug, projectId, id);
      await stateList(access, slug, projectId).drop(id);
    } catch (error) {
      // A default state, or one with work items, goes with its project and not before (contracts/plane).
      if (!(error instanceof Refused && error.status === 400)) throw error;
    }
  },
});

export { remove as delete };
