import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
} from "@pulumi/pulumi";
import type { AgentId } from "../agents.ts";
import type { Access } from "../plane/access.ts";
import type { Fields } from "../plane/fields/declarations.ts";
import { writeFields } from "../plane/fields/write.ts";
import { agentLabel } from "../plane/projectSetup.ts";
import { WorkItem } from "../providers/plane/resources/workItem.ts";
import type { Person } from "./agents.ts";
import { PlaneProject } from "./planeProject.ts";
import type { PlaneWorkspace } from "./planeWorkspace.ts";

export interface OnboardingArgs {
  /** The concierge's way in, token included. */
  access: Input<Access>;
  adopt: boolean;
  workspace: PlaneWorkspace;
  people: readonly Person[];
  retain: boolean;
}

/** An example as a person reads it. */
interface Example {
  externalId: string;
  agent: AgentId;
  state: string;
  priority: string;
  name: string;
  html: string;
  fields: Fields;
  /** External id of the example that has to be done first. */
  after?: string;
}

/** From a wish to its delivery: the concierge plans, one agent builds, another documents what was built (PROV-02). */
const EXAMPLES: readonly Example[] = [
  {
    externalId: "onboarding:plan",
    agent: "concierge",
    state: "Todo",
    priority: "medium",
    name: "Planifier la page de statut de la plateforme",
    html:
      "<p>Exemple : une demande arrive par Telegram (« ajoute une page de statut »). Le Concierge la découpe " +
      "en tâches, estime leur coût, choisit les agents et pose les dépendances.</p>" +
      "<p>Les deux tâches suivantes de ce projet en sont le résultat.</p>",
    fields: { agent_id: "concierge", cost_estimate: 0.5, confidence_score: 0.8 },
  },
  {
    externalId: "onboarding:build",
    agent: "imhotep",
    state: "Todo",
    priority: "high",
    name: "Construire la page de statut",
    html:
      "<p>Exemple : Imhotep voit cette tâche à son prochain passage, la démarre, commente sa progression et " +
      "joint son livrable.</p><ul><li>une page qui dit si chaque service répond</li>" +
      "<li>un test qui le prouve</li></ul>",
    fields: { agent_id: "imhotep", cost_estimate: 4, confidence_score: 0.8 },
  },
  {
    externalId: "onboarding:document",
    agent: "thot",
    state: "Backlog",
    priority: "low",
    name: "Documenter la page de statut",
    html:
      "<p>Exemple : cette tâche attend que la page soit construite. Thot ne peut pas la commencer avant ; " +
      "elle se débloque toute seule.</p>",
    fields: { agent_id: "thot", cost_estimate: 1.5, confidence_score: 0.8 },
    after: "onboarding:build",
  },
];

/** The example project that shows how work flows; only that it exists is managed, people and agents own the rest. */
export class Onboarding extends ComponentResource {
  constructor(name: string, args: OnboardingArgs, options?: ComponentResourceOptions) {
    super("planeops:plane:Onboarding", name, {}, options);

    const project = new PlaneProject(
      "plane-onboarding",
      {
        ...args,
        name: "Onboarding",
        identifier: "ONB",
      },
      { parent: this },
    );
    const made = new Map<string, WorkItem>();
    for (const example of EXAMPLES)
      made.set(example.externalId, this.createExample(example, project, made, args));

    this.registerOutputs();
  }

  private createExample(
    example: Example,
    project: PlaneProject,
    made: ReadonlyMap<string, WorkItem>,
    { access, adopt, workspace }: OnboardingArgs,
  ): WorkItem {
    const blocker = example.after === undefined ? undefined : made.get(example.after);
    return new WorkItem(
      `plane-${example.externalId.replace(":", "-")}`,
      {
        access,
        adopt,
        slug: workspace.slug,
        projectId: project.project.id,
        externalId: example.externalId,
        name: example.name,
        descriptionHtml: writeFields(example.html, example.fields),
        stateId: idOf(project.states, example.state),
        labelIds: all([idOf(project.labels, agentLabel(example.agent))]),
        assigneeIds: all([idOf(project.members, example.agent)]),
        priority: example.priority,
        blockedBy: all(blocker === undefined ? [] : [blocker.id]),
      },
      project.within(),
    );
  }
}

function idOf(ids: Readonly<Record<string, Output<string>>>, name: string): Output<string> {
  const id = ids[name];
  if (id === undefined) throw new Error(`an example names ${name}, which the project does not have`);
  return id;
}

function all(ids: Output<string>[]): Output<string[]> {
  return output(ids) as Output<string[]>;
}
