/** Where the catch-up stands in a project; or that a cycle was told, whose key is then in place of the project. */
export interface MarkRow {
  project: string;
  began: string;
  since: string;
}

const CYCLE = "cycle:";

export const isCycle = (project: string) => project.startsWith(CYCLE);
/** Ids of projects are UUIDs. */
export const isProject = (project: string) => !project.includes(":");
export const cycleMark = (key: string): MarkRow => ({ project: CYCLE + key, began: "", since: "" });
export const keyOfMark = (project: string) => project.slice(CYCLE.length);
