/** What the answers need to know of the platform. */
export interface Settings {
  /** Where people open Plane, without a slash at the end. */
  planeUrl: string;
  /** Slug of the workspace. */
  workspace: string;
  agents: readonly Agent[];
  /** A name of the time zone database: whose days the days are. */
  timeZone: string;
}

export interface Agent {
  /** The short name: value of the field `agent_id`. */
  agentId: string;
  displayName: string;
}
