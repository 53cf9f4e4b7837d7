import type { Access } from "../../../plane/access.ts";
import { createLabel, labelList } from "../../../plane/api/labels.ts";
import { joinProject, peopleOf, projectPeople } from "../../../plane/api/people.ts";
import {
  createProject,
  joinedProjects,
  type Project,
  patchNetwork,
  projectMemberList,
  removeProjectMember,
} from "../../../plane/api/projects.ts";
import { createState, patchState, type State, stateList } from "../../../plane/api/states.ts";
import { Refused } from "../../../plane/errors.ts";
import { EXTERNAL_SOURCE, projectSetup } from "../../../plane/projectSetup.ts";
import { ROLES } from "../../../plane/rules.ts";
import type { Desk } from "./desk.ts";
import { BridgeError } from "./errors.ts";
import { readSecretFile } from "./identity.ts";
import { alone } from "./once.ts";

export interface NewProject {
  name: string;
  /** Prefix of its tasks' ids; made of the name where it is not given. */
  identifier?: string | undefined;
}

/** Makes a project as `pulumi up` does, from the same declaration, or completes the one of this name. */
export function makeProject(desk: Desk, wish: NewProject): Promise<Project> {
  return alone(desk, `project ${wish.name.toLowerCase()}`, async () => {
    const project = await getOrMake(desk, wish);
    const setup = projectSetup(desk.bridge.config.agents.map(({ agentId }) => agentId));
    await completeStates(desk, project, setup.states);
    await completeLabels(desk, project, setup.labels);
    await completeMembers(desk, project);
    await makePrivate(desk, project, setup.network);
    desk.forgetProjects();
    desk.forgetBoard(project.id);
    return project;
  });
}

/** Capital letters and digits of a name, as Plane takes them. */
export function identifierOf(name: string): string {
  const letters = name
    .normalize("NFD")
    .replaceAll(/[^A-Za-z0-9 ]/g, "")
    .trim()
    .toUpperCase();
  const words = letters.split(/\s+/);
  const initials = words.map((word) => word[0] ?? "").join("");
  return (
    (words.length > 2 ? initials : letters.replaceAll(" ", "")).slice(0, words.length > 2 ? 12 : 6) || "PROJ"
  );
}

async function getOrMake(
  desk: Desk,
  { name, identifier = identifierOf(name) }: NewProject,
): Promise<Project> {
  const { workspace } = desk.bridge.config;
  const find = async () =>
    (await joinedProjects(desk.access, workspace)).find(
      (project) => project.name.toLowerCase() === name.toLowerCase(),
    );
  const found = await find();
  if (found !== undefined) return found;
  const { features } = projectSetup([]);
  const body = {
    name,
    identifier: identifier.toUpperCase(),
    ...features,
    external_source: EXTERNAL_SOURCE,
    external_id: `project:${identifier.toLowerCase()}`,
  };
  try {
    return await createProject(desk.access, workspace, body, find);
  } catch (error) {
    if (error instanceof Refused && error.status === 409) {
      throw new BridgeError(
        `Plane has a project "${name}" or with identifier ${body.identifier} that you are not in`,
        "choose another name or identifier, or ask a person to add you",
      );
    }
    throw error;
  }
}

type Setup = ReturnType<typeof projectSetup>;

async function completeStates(desk: Desk, project: Project, wanted: Setup["states"]): Promise<void> {
  const { workspace } = desk.bridge.config;
  const list = stateList(desk.access, workspace, project.id);
  const present = await list.again();
  for (const { default: isDefault, ...state } of wanted) {
    const body = { ...state, external_source: EXTERNAL_SOURCE };
    const find = (states: readonly State[]) =>
      states.find(({ external_id, name }) => external_id === state.external_id || name === state.name);
    let made = find(present);
    if (made === undefined) {
      const look = async () => find(await list.again());
      made = await createState(desk.access, workspace, project.id, body, look);
    } else if (made.external_id !== state.external_id || made.group !== state.group) {
      made = await patchState(desk.access, workspace, project.id, made.id, body);
    }
    // A second default does not take the place of the first (contracts/plane), so each is told.
    if (made.default !== isDefault) {
      await patchState(desk.access, workspace, project.id, made.id, { default: isDefault });
    }
  }
}

async function completeLabels(desk: Desk, project: Project, wanted: Setup["labels"]): Promise<void> {
  const { workspace } = desk.bridge.config;
  const list = labelList(desk.access, workspace, project.id);
  const present = await list.again();
  for (const label of wanted) {
    if (present.some(({ name }) => name === label.name)) continue;
    const body = { ...label, external_source: EXTERNAL_SOURCE };
    const look = async () => (await list.again()).find(({ name }) => name === label.name);
    await createLabel(desk.access, workspace, project.id, body, look);
  }
}

/** All agents, the human and n8n: the server drops assignees who are not in the project. */
async function completeMembers(desk: Desk, project: Project): Promise<void> {
  const { workspace, agents, people, concierge } = desk.bridge.config;
  const everyone = await peopleOf(desk.access, workspace);
  const present = await projectPeople(desk.access, workspace, project.id);
  const wanted = [
    ...agents.map(({ agentId, email }) => ({
      email,
      role: agentId === concierge ? ROLES.admin : ROLES.member,
    })),
    ...people,
  ];
  for (const { email, role } of wanted) {
    const person = everyone.find((candidate) => candidate.email === email);
    if (person === undefined || present.some(({ id }) => id === person.id)) continue;
    await joinProject(desk.access, workspace, project.id, person.id, role);
  }
}

/**
 * Hides the project from who is not in it. `/api/v1` cannot (contracts/plane), so the bridge's own account does it in
 * a session: for that moment it is an admin of the project, and leaves it again.
 */
async function makePrivate(desk: Desk, project: Project, network: number): Promise<void> {
  const { workspace, session } = desk.bridge.config;
  if (project.network === network || session === undefined) return;
  const person = (await peopleOf(desk.access, workspace)).find(({ email }) => email === session.email);
  if (person === undefined) {
    throw new BridgeError(
      `${session.email} has no account in this workspace`,
      "tell a person: pulumi up --refresh",
    );
  }
  const inside = (await projectPeople(desk.access, workspace, project.id)).some(({ id }) => id === person.id);
  if (!inside) await joinProject(desk.access, workspace, project.id, person.id, ROLES.admin);
  const password = readSecretFile(session.passwordFile, "password");
  const access: Access = { ...desk.access, email: session.email, password };
  await patchNetwork(access, workspace, project.id, network);
  const membership = (await projectMemberList(access, workspace, project.id).again()).find(
    ({ member }) => member === person.id,
  );
  if (membership !== undefined) {
    await removeProjectMember(desk.access, workspace, project.id, membership.id);
  }
}
