import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { allPages } from "../pages.ts";
import type { Patience } from "../retry.ts";
import { SharedList } from "../sharedList.ts";

const Project = z.object({
  id: z.string(),
  name: z.string(),
  identifier: z.string(),
  network: z.number(),
  cycle_view: z.boolean(),
  module_view: z.boolean(),
  page_view: z.boolean(),
  intake_view: z.boolean(),
  external_source: z.string().nullable(),
  external_id: z.string().nullable(),
  archived_at: z.string().nullable(),
});
export type Project = z.output<typeof Project>;
/** `/api/v1` ignores `network`. */
type ProjectBody = Omit<Project, "id" | "network" | "archived_at">;

const ProjectMember = z.object({ id: z.string(), member: z.string(), role: z.number() });
export type ProjectMember = z.output<typeof ProjectMember>;

export function projectList(access: Access, slug: string, patience: Patience = "full"): SharedList<Project> {
  return new SharedList(JSON.stringify(["projects", access.url, slug]), () =>
    allPages(new PlaneClient(access, patience), "projects.list", { slug }, Project),
  );
}

/** The projects that the account is a member of, with or without a workspace admin's eyes for the others. */
export async function joinedProjects(access: Access, slug: string): Promise<Project[]> {
  const joined = Project.extend({ is_member: z.boolean() });
  const all = await allPages(new PlaneClient(access), "projects.list", { slug }, joined);
  return all.filter(({ is_member, archived_at }) => is_member && archived_at === null);
}

/** Never with `project_lead`: that answers 400 and leaves a project without states behind (contracts/plane). */
export function createProject(
  access: Access,
  slug: string,
  body: ProjectBody,
  look: () => Promise<Project | undefined>,
): Promise<Project> {
  return new PlaneClient(access).create("projects.create", { slug }, { body, answer: Project, look });
}

export function patchProject(
  access: Access,
  slug: string,
  project: string,
  body: Partial<ProjectBody>,
): Promise<Project> {
  return new PlaneClient(access).call("projects.patch", { slug, project }, { body, answer: Project });
}

/** `/api/v1` ignores `network`; the session API takes it. */
export async function patchNetwork(
  access: Access,
  slug: string,
  project: string,
  network: number,
): Promise<void> {
  await new PlaneClient(access).call(
    "projects.patchNetwork",
    { slug, project },
    { body: { network }, answer: z.unknown() },
  );
}

/** Until then Plane shows none of its work items, and refuses every change (contracts/plane). */
export function unarchiveProject(access: Access, slug: string, project: string): Promise<void> {
  return new PlaneClient(access).remove("projects.unarchive", { slug, project });
}

export function deleteProject(access: Access, slug: string, project: string): Promise<void> {
  return new PlaneClient(access).remove("projects.delete", { slug, project });
}

/** Who is in a project, with roles; `/api/v1` has no roles in its list. */
export function projectMemberList(
  access: Access,
  slug: string,
  project: string,
  patience: Patience = "full",
): SharedList<ProjectMember> {
  return new SharedList(JSON.stringify(["project-members", access.url, slug, project]), () =>
    new PlaneClient(access, patience).call(
      "projectMembers.list",
      { slug, project },
      { answer: z.array(ProjectMember) },
    ),
  );
}

/** The session API brings a member back who was removed; `/api/v1` answers 400. */
export async function addProjectMember(
  access: Access,
  slug: string,
  project: string,
  user: string,
  role: number,
  look: () => Promise<ProjectMember | undefined>,
): Promise<ProjectMember | undefined> {
  const made = await new PlaneClient(access).create(
    "projectMembers.add",
    { slug, project },
    {
      body: { members: [{ member_id: user, role }] },
      answer: z.array(ProjectMember),
      look: async () => {
        const found = await look();
        return found === undefined ? undefined : [found];
      },
    },
  );
  return made.find(({ member }) => member === user);
}

export async function patchProjectMember(
  access: Access,
  slug: string,
  project: string,
  id: string,
  role: number,
): Promise<void> {
  await new PlaneClient(access).call(
    "projectMembers.patch",
    { slug, project, id },
    { body: { role }, answer: z.unknown() },
  );
}

export function removeProjectMember(
  access: Access,
  slug: string,
  project: string,
  id: string,
): Promise<void> {
  return new PlaneClient(access).remove("projectMembers.delete", { slug, project, id });
}
