import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { operation } from "../operation.ts";
import type { Patience } from "../retry.ts";
import { SharedList } from "../sharedList.ts";

const Me = z.object({
  id: z.string(),
  email: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  display_name: z.string(),
});
export type Me = z.output<typeof Me>;

const Profile = z.object({ use_case: z.string().nullable(), is_onboarded: z.boolean() });

const Member = z.object({
  /** Of the membership, not of the person. */
  id: z.string(),
  role: z.number(),
  member: Me,
});
export type Member = z.output<typeof Member>;

const Invitation = z.object({ id: z.string(), workspace: z.object({ slug: z.string() }) });

/** The account of a session. */
export function getMe(access: Access): Promise<Me> {
  return new PlaneClient(access).call("me.get", {}, { answer: Me });
}

/** Id of the account itself, asked once per operation. */
export async function ownId(access: Access): Promise<string> {
  const me = await operation().once(JSON.stringify(["me", access.url, access.email]), () => getMe(access));
  return me.id;
}

export async function patchMe(
  access: Access,
  change: { first_name?: string; last_name?: string; display_name?: string; user_timezone?: string },
): Promise<void> {
  await new PlaneClient(access).call("me.patch", {}, { body: change, answer: z.unknown() });
}

export function getProfile(access: Access): Promise<z.output<typeof Profile>> {
  return new PlaneClient(access).call("me.profile", {}, { answer: Profile });
}

export async function patchProfile(access: Access, change: Record<string, unknown>): Promise<void> {
  await new PlaneClient(access).call("me.patchProfile", {}, { body: change, answer: z.unknown() });
}

/** Needs a session of the old password, which it ends. */
export async function changePassword(access: Access, password: string): Promise<void> {
  const body = { old_password: access.password, new_password: password };
  await new PlaneClient(access).call("auth.changePassword", {}, { body, answer: z.unknown() });
}

/** Invites one person; inviting again changes nothing, so a lost answer costs nothing. */
export async function invite(access: Access, slug: string, email: string, role: number): Promise<void> {
  await new PlaneClient(access).call(
    "invitations.create",
    { slug },
    { body: { emails: [{ email, role }] }, answer: z.unknown() },
  );
}

/** The invitations that wait for the account of this session. */
export async function myInvitations(access: Access, slug: string): Promise<string[]> {
  const all = await new PlaneClient(access).call("me.invitations", {}, { answer: z.array(Invitation) });
  return all.filter((invitation) => invitation.workspace.slug === slug).map(({ id }) => id);
}

export async function acceptInvitations(access: Access, invitations: string[]): Promise<void> {
  await new PlaneClient(access).call(
    "me.acceptInvitations",
    {},
    { body: { invitations }, answer: z.unknown() },
  );
}

/** Who belongs to a workspace, with roles; who was removed is not in it. */
export function memberList(access: Access, slug: string, patience: Patience = "full"): SharedList<Member> {
  return new SharedList(JSON.stringify(["members", access.url, slug]), () =>
    new PlaneClient(access, patience).call("members.list", { slug }, { answer: z.array(Member) }),
  );
}

export async function patchMember(access: Access, slug: string, id: string, role: number): Promise<void> {
  await new PlaneClient(access).call("members.patch", { slug, id }, { body: { role }, answer: z.unknown() });
}

/** Everyone of a workspace, by an API token; without roles. */
export function peopleOf(access: Access, slug: string): Promise<Me[]> {
  return new PlaneClient(access).call("workspace.people", { slug }, { answer: z.array(Me) });
}

/** Everyone of a project, by an API token; without roles. */
export function projectPeople(access: Access, slug: string, project: string): Promise<Me[]> {
  return new PlaneClient(access).call("projectMembers.people", { slug, project }, { answer: z.array(Me) });
}

/** Adds somebody to a project, by an API token; who is in it already stays as he is. */
export async function joinProject(
  access: Access,
  slug: string,
  project: string,
  member: string,
  role: number,
): Promise<void> {
  const answer = z.object({ member: z.string() });
  await new PlaneClient(access).create(
    "projectMembers.join",
    { slug, project },
    {
      body: { member, role },
      answer,
      look: async () =>
        (await projectPeople(access, slug, project)).some(({ id }) => id === member) ? { member } : undefined,
    },
  );
}
