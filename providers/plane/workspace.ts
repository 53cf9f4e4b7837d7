import { ownId } from "../../plane/api/people.ts";
import {
  createWorkspace,
  deleteWorkspace,
  getWorkspace,
  patchWorkspace,
  type Workspace,
} from "../../plane/api/workspace.ts";
import { PlaneError, Refused } from "../../plane/errors.ts";
import { operation } from "../../plane/operation.ts";
import { timeZoneProblem, workspaceNameProblem, workspaceSlugProblem } from "../../plane/rules.ts";
import { pick, type WorkspaceInputs } from "./inProject.ts";
import { reconciler } from "./reconciler.ts";

/** The workspace (PROV-01), made without Plane's demo data. */
export interface WorkspaceResourceInputs extends WorkspaceInputs {
  name: string;
  /** IANA name. */
  timezone: string;
}

const FIELDS = { name: "name", timezone: "timezone" } as const;

export const {
  check,
  diff,
  create,
  read,
  update,
  delete: remove,
} = reconciler<WorkspaceResourceInputs, Workspace>({
  name: ({ slug }) => `workspace "${slug}"`,
  rules: { slug: workspaceSlugProblem, name: workspaceNameProblem, timezone: timeZoneProblem },
  replaceOn: ["slug"],
  find: ({ access, slug }) => getWorkspace(access, slug),
  // The instance was ours before (Instance sees to that), so what its admin owns is ours too.
  foreign: async ({ owner }, { access }) =>
    owner === (await ownId(access)) ? undefined : `its owner is not ${access.email}`,
  make: async ({ access, name, slug }) => {
    try {
      return await createWorkspace(access, name, slug);
    } catch (error) {
      if (error instanceof Refused && error.status === 400 && slugIsTaken(error.body)) {
        throw new PlaneError(
          `Plane has a workspace "${slug}" to which ${access.email} does not belong. Make that account an admin ` +
            "of it in Plane (Settings, Members), or choose another: pulumi config set plane:workspace <slug>",
        );
      }
      throw error;
    }
  },
  get: (_id, { access, slug }, patience) =>
    operation().once(JSON.stringify(["workspace", access.url, slug]), () =>
      getWorkspace(access, slug, patience),
    ),
  attributes: ({ name, timezone }) => ({ name, timezone }),
  patch: (live, inputs, changed) => {
    operation().forget(JSON.stringify(["workspace", inputs.access.url, inputs.slug]));
    return patchWorkspace(inputs.access, live.slug, pick(FIELDS, inputs, changed));
  },
  remove: (_id, { access, slug }) => deleteWorkspace(access, slug),
});

export { remove as delete };

function slugIsTaken(body: unknown): boolean {
  return JSON.stringify(body ?? "").includes("already exists");
}
