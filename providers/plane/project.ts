import {
  createProject,
  deleteProject,
  type Project,
  patchNetwork,
  patchProject,
  projectList,
  unarchiveProject,
} from "../../plane/api/projects.ts";
import { workItemRefs } from "../../plane/api/workItems.ts";
import { EXTERNAL_SOURCE } from "../../plane/projectSetup.ts";
import { projectIdentifierProblem, projectNameProblem } from "../../plane/rules.ts";
import { byExternalId, foreignExternal, pick, type WorkspaceInputs } from "./inProject.ts";
import { reconciler } from "./reconciler.ts";

/** A project of a workspace. */
export interface ProjectResourceInputs extends WorkspaceInputs {
  name: string;
  /** Prefix of its work items' numbers: at most 12 capital letters and digits. */
  identifier: string;
  cycles: boolean;
  modules: boolean;
  pages: boolean;
  intake: boolean;
  /** 0: only members see that it exists; 2: the whole workspace does. */
  network: number;
  /** False: an archived project is brought back. */
  archived: boolean;
  externalId: string;
}

const FIELDS = {
  name: "name",
  identifier: "identifier",
  cycles: "cycle_view",
  modules: "module_view",
  pages: "page_view",
  intake: "intake_view",
  externalId: "external_id",
} as const;

export const {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
} = reconciler<ProjectResourceInputs, Project>({
  name: ({ name, identifier, slug }) => `project "${name}" (${identifier}) of workspace ${slug}`,
  rules: { name: projectNameProblem, identifier: projectIdentifierProblem },
  replaceOn: ["slug"],
  find: async ({ access, slug, externalId, identifier, name }) => {
    const projects = await projectList(access, slug).all();
    return (
      byExternalId(projects, externalId) ??
      projects.find((project) => project.identifier === identifier || project.name === name)
    );
  },
  foreign: (live) => foreignExternal(live),
  make: async (inputs) => {
    const { access, slug, externalId } = inputs;
    const list = projectList(access, slug);
    const body = {
      name: inputs.name,
      identifier: inputs.identifier,
      cycle_view: inputs.cycles,
      module_view: inputs.modules,
      page_view: inputs.pages,
      intake_view: inputs.intake,
      external_source: EXTERNAL_SOURCE,
      external_id: externalId,
    };
    const look = async () => byExternalId(await list.again(), externalId);
    return list.put(await createProject(access, slug, body, look));
  },
  get: async (id, { access, slug }, patience) =>
    (await projectList(access, slug, patience).all()).find((project) => project.id === id),
  attributes: (live) => ({
    name: live.name,
    identifier: live.identifier,
    cycles: live.cycle_view,
    modules: live.module_view,
    pages: live.page_view,
    intake: live.intake_view,
    network: live.network,
    archived: live.archived_at !== null,
    externalId: live.external_id ?? "",
  }),
  patch: async (live, inputs, changed) => {
    const { access, slug, network } = inputs;
    const list = projectList(access, slug);
    const fields = pick(FIELDS, inputs, changed);
    let now = live;
    // First, for an archived project takes no change, and hides its work items from who has looked meanwhile.
    if (changed.includes("archived")) {
      await unarchiveProject(access, slug, live.id);
      now = await list.put({ ...now, archived_at: null });
      await workItemRefs(access, slug, live.id).again();
    }
    if (Object.keys(fields).length > 0) {
      const body = { ...fields, external_source: EXTERNAL_SOURCE };
      now = await list.put(await patchProject(access, slug, live.id, body));
    }
    if (changed.includes("network")) {
      await patchNetwork(access, slug, live.id, network);
      now = await list.put({ ...now, network });
    }
    return now;
  },
  remove: async (id, { access, slug }) => {
    await deleteProject(access, slug, id);
    await projectList(access, slug).drop(id);
  },
});

export { remove as delete };
