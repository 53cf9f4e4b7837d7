import { ownId } from "../../plane/api/people.ts";
import {
  addProjectMember,
  type ProjectMember,
  patchProjectMember,
  projectMemberList,
  removeProjectMember,
} from "../../plane/api/projects.ts";
import { roleProblem } from "../../plane/rules.ts";
import type { ProjectInputs } from "./inProject.ts";
import { reconciler } from "./reconciler.ts";

/** A person's place in a project; assignees from outside are dropped by the server without a word. */
export interface ProjectMemberInputs extends ProjectInputs {
  userId: string;
  /** 20 admin, 15 member, 5 guest. */
  role: number;
}

export const {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
} = reconciler<ProjectMemberInputs, ProjectMember>({
  name: ({ userId, projectId }) => `member ${userId} of project ${projectId}`,
  rules: { role: roleProblem },
  replaceOn: ["slug", "projectId", "userId"],
  find: async (inputs) => memberOf(inputs, await listOf(inputs).all()),
  // A membership holds nothing of anyone's: who is in already is in.
  foreign: () => undefined,
  make: async (inputs) => {
    const { access, slug, projectId, userId } = inputs;
    const list = listOf(inputs);
    const look = async () => memberOf(inputs, await list.again());
    const made = await addProjectMember(access, slug, projectId, userId, inputs.role, look);
    if (made !== undefined) return list.put(made);
    const found = await look();
    if (found === undefined)
      throw new Error(`person ${userId} is not in project ${projectId} after joining it`);
    return found;
  },
  get: async (id, { access, slug, projectId }, patience) =>
    (await projectMemberList(access, slug, projectId, patience).all()).find((member) => member.id === id),
  attributes: (live) => ({ role: live.role }),
  patch: async (live, inputs) => {
    const { access, slug, projectId } = inputs;
    await patchProjectMember(access, slug, projectId, live.id, inputs.role);
    return listOf(inputs).put({ ...live, role: inputs.role });
  },
  remove: async (id, inputs) => {
    // Who removes itself can remove nothing after that; the project takes its maker's membership along.
    if (inputs.userId === (await ownId(inputs.access))) return;
    await removeProjectMember(inputs.access, inputs.slug, inputs.projectId, id);
    await listOf(inputs).drop(id);
  },
});

export { remove as delete };

function listOf({ access, slug, projectId }: ProjectMemberInputs) {
  return projectMemberList(access, slug, projectId);
}

function memberOf({ userId }: ProjectMemberInputs, members: ProjectMember[]): ProjectMember | undefined {
  return members.find(({ member }) => member === userId);
}
