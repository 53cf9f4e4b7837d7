import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  type Output,
} from "@pulumi/pulumi";
import { AGENTS } from "../agents.ts";
import type { Access } from "../plane/access.ts";
import { projectSetup } from "../plane/projectSetup.ts";
import { Label } from "../providers/plane/resources/label.ts";
import { Project } from "../providers/plane/resources/project.ts";
import { ProjectMember } from "../providers/plane/resources/projectMember.ts";
import { State } from "../providers/plane/resources/state.ts";
import type { Person } from "./agents.ts";
import type { PlaneWorkspace } from "./planeWorkspace.ts";

export interface PlaneProjectArgs {
  /** The concierge's way in, token included. */
  access: Input<Access>;
  adopt: boolean;
  workspace: PlaneWorkspace;
  name: string;
  /** Prefix of work item numbers: at most 12 capital letters and digits. */
  identifier: string;
  /** Everyone who takes part: the server drops assignees that are not members. */
  people: readonly Person[];
  /** Whether the project stays in Plane when the resource goes. */
  retain: boolean;
}

/** A project as this platform sets it up: private, with its states, labels and members. */
export class PlaneProject extends ComponentResource {
  readonly project: Project;
  /** Plane's ids of its states, labels and members, by name: `Todo`, `agent:imhotep`, `imhotep`. */
  readonly states: Readonly<Record<string, Output<string>>>;
  readonly labels: Readonly<Record<string, Output<string>>>;
  readonly members: Readonly<Record<string, Output<string>>>;
  private readonly args: PlaneProjectArgs;
  private readonly common: { access: Input<Access>; adopt: boolean; slug: Input<string> };

  constructor(name: string, args: PlaneProjectArgs, options?: ComponentResourceOptions) {
    super("planeops:plane:Project", name, {}, options);
    this.args = args;
    this.common = { access: args.access, adopt: args.adopt, slug: args.workspace.slug };
    const setup = projectSetup(AGENTS.map(({ agentId }) => agentId));

    this.project = new Project(
      name,
      {
        ...this.common,
        name: args.name,
        identifier: args.identifier,
        cycles: setup.features.cycle_view,
        modules: setup.features.module_view,
        pages: setup.features.page_view,
        intake: setup.features.intake_view,
        network: setup.network,
        archived: false,
        externalId: `project:${args.identifier.toLowerCase()}`,
      },
      { parent: this, deletedWith: args.workspace.workspace, retainOnDelete: args.retain },
    );
    const inside = { ...this.common, projectId: this.project.id };

    this.states = byName(
      setup.states,
      ({ name: state, group, color, default: isDefault, external_id }) =>
        new State(
          `${name}-state-${external_id.replace("state:", "")}`,
          { ...inside, name: state, group, color, isDefault, externalId: external_id },
          this.within(),
        ).id,
    );
    this.labels = byName(
      setup.labels,
      ({ name: label, color, external_id }) =>
        new Label(
          `${name}-label-${label.replace(":", "-")}`,
          { ...inside, name: label, color, externalId: external_id },
          this.within(),
        ).id,
    );
    this.members = byName(
      args.people
        .filter(({ account }) => account.inProjects)
        .map((person) => ({ name: person.account.name, person })),
      ({ person: { account, userId } }) =>
        new ProjectMember(
          `${name}-member-${account.name}`,
          { ...inside, userId, role: account.role },
          this.within(),
        ).userId,
    );

    this.registerOutputs();
  }

  /** Options of what is inside: it goes with the project. */
  within(): CustomResourceOptions {
    return { parent: this, deletedWith: this.project, retainOnDelete: this.args.retain };
  }
}

function byName<T extends { name: string }>(
  items: readonly T[],
  make: (item: T) => Output<string>,
): Record<string, Output<string>> {
  return Object.fromEntries(items.map((item) => [item.name, make(item)]));
}
