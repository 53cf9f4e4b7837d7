import type { Access } from "../../plane/access.ts";
import {
  acceptInvitations,
  invite,
  type Member,
  memberList,
  myInvitations,
  ownId,
  patchMember,
} from "../../plane/api/people.ts";
import { PlaneClient } from "../../plane/client.ts";
import { PlaneError } from "../../plane/errors.ts";
import { roleProblem } from "../../plane/rules.ts";
import type { WorkspaceInputs } from "./inProject.ts";
import { reconciler } from "./reconciler.ts";

/** A person's place in the workspace. */
export interface MemberInputs extends WorkspaceInputs {
  /** The person's own way in, to accept the invitation. */
  person: Access;
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
} = reconciler<MemberInputs, Member>({
  name: ({ person, slug }) => `member ${person.email} of workspace ${slug}`,
  rules: { role: roleProblem },
  replaceOn: ["slug", "userId"],
  find: async (inputs) => memberOf(inputs, await listOf(inputs).all()),
  // A membership holds nothing of anyone's: who belongs already belongs.
  foreign: () => undefined,
  make: async (inputs) => {
    const { access, slug, person, userId } = inputs;
    let waiting = await myInvitations(person, slug);
    if (waiting.length === 0) {
      await invite(access, slug, person.email, inputs.role);
      waiting = await myInvitations(person, slug);
    }
    await acceptInvitations(person, waiting);
    const member = memberOf(inputs, await listOf(inputs).again());
    if (member === undefined) {
      throw new PlaneError(
        `${person.email} (${userId}) accepted the invitation to ${slug} and is not a member of it`,
      );
    }
    return member;
  },
  get: async (id, { access, slug }, patience) =>
    (await memberList(access, slug, patience).all()).find((member) => member.id === id),
  attributes: (live) => ({ role: live.role }),
  patch: async (live, inputs) => {
    await patchMember(inputs.access, inputs.slug, live.id, inputs.role);
    return listOf(inputs).put({ ...live, role: inputs.role });
  },
  /** Deactivates the membership: Community Edition deletes nobody, and a new invitation brings the person back. */
  remove: async (id, inputs) => {
    // Who removes itself can remove nothing after that; the workspace takes its owner's membership along.
    if (inputs.userId === (await ownId(inputs.access))) return;
    await new PlaneClient(inputs.access).remove("members.delete", { slug: inputs.slug, id });
    await listOf(inputs).drop(id);
  },
});

export { remove as delete };

function listOf({ access, slug }: MemberInputs) {
  return memberList(access, slug);
}

function memberOf({ userId }: MemberInputs, members: Member[]): Member | undefined {
  return members.find(({ member }) => member.id === userId);
}
