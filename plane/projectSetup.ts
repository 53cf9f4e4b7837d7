/**
 * How a project of this platform is set up: the one declaration for the Pulumi provider and for the tool
 * `plane_create_project`. Data only; who applies it talks to the server.
 */

/** The `external_source` of everything that plane-ops makes in Plane: with an `external_id` it finds it again. */
export const EXTERNAL_SOURCE = "plane-ops";

/** The groups that a state can be made in. Plane's own `triage` belongs to intake, which is off. */
export const STATE_GROUPS = ["backlog", "unstarted", "started", "completed", "cancelled"] as const;
export type StateGroup = (typeof STATE_GROUPS)[number];

/** A state as the API takes it. */
export interface StateSetup {
  name: string;
  group: StateGroup;
  /** `#rrggbb`. */
  color: string;
  /** The state of a new work item: exactly one in a project. */
  default: boolean;
  external_id: string;
}

/** A label as the API takes it. */
export interface LabelSetup {
  name: string;
  /** `#rrggbb`. */
  color: string;
  external_id: string;
}

/** A project's switches, by their names in the API. What is not here (views) stays as the server sets it. */
export interface ProjectFeatures {
  cycle_view: boolean;
  module_view: boolean;
  page_view: boolean;
  intake_view: boolean;
}

/** Everything a project gets beside its name and identifier. */
export interface ProjectSetup {
  external_source: string;
  features: ProjectFeatures;
  /**
   * 0: its name is hidden from who is not in it. Plane's default is 2, and only the session API changes it: `/api/v1`
   * ignores it (recorded: `project.create.logo_props-ignored`, `project.patch.network-ignored`).
   */
  network: 0;
  /** In the order of the board, with Plane's own colours where Plane makes such a state by itself. */
  states: readonly StateSetup[];
  labels: readonly LabelSetup[];
}

/** The label of what a person has to look at (OPENCLAW-12). */
export const REVIEW_LABEL = "review";

/**
 * The label that mirrors the field `agent_id`.
 * @param agentId the short name, like `imhotep`.
 */
export function agentLabel(agentId: string): string {
  return `agent:${agentId}`;
}

/**
 * @param agentIds short names of the agents that get a label. Order and repetition do not matter.
 */
export function projectSetup(agentIds: Iterable<string>): ProjectSetup {
  return {
    external_source: EXTERNAL_SOURCE,
    features: { cycle_view: true, module_view: true, page_view: false, intake_view: false },
    network: 0,
    states: STATES,
    labels: [
      ...[...new Set(agentIds)].sort().map((agentId) => label(agentLabel(agentId), colorOf(agentId))),
      label(REVIEW_LABEL, "#EF4444"),
    ],
  };
}

/** Colours as in the recorded case `state.list.default`; Blocked is ours. */
const STATES: readonly StateSetup[] = [
  state("Backlog", "backlog", "#60646C"),
  { ...state("Todo", "unstarted", "#60646C"), default: true },
  state("In Progress", "started", "#F59E0B"),
  state("Blocked", "started", "#EF4444"),
  state("Done", "completed", "#46A758"),
  state("Cancelled", "cancelled", "#9AA4BC"),
];

function state(name: string, group: StateGroup, color: string): StateSetup {
  return { name, group, color, default: false, external_id: `state:${name.toLowerCase().replace(" ", "-")}` };
}

function label(name: string, color: string): LabelSetup {
  return { name, color, external_id: `label:${name}` };
}

/** One of 24 hues, out of the name alone: a new agent changes nobody else's colour. */
function colorOf(name: string): string {
  let hash = 0;
  for (const char of name) hash = (Math.imul(hash, 101) + char.charCodeAt(0)) >>> 0;
  const hue = (hash % 24) * 15 + 8;
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    const value = 0.45 - 0.29 * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, "0")
      .toUpperCase();
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
