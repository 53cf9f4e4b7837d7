import { AGENTS } from "../../agents.ts";
import type { Fields } from "../../plane/fields/declarations.ts";
import { writeFields } from "../../plane/fields/write.ts";
import { agentLabel } from "../../plane/projectSetup.ts";

/** The body of a delivery of Plane's, and when it comes. */
export interface TestDelivery {
  title: string;
  body: string;
  at: number;
}

/** Fields that Plane's own pages spell in another way than `/api/v1` (contracts/plane). */
const SPELLINGS = [
  ["state", "state_id"],
  ["labels", "label_ids"],
  ["assignees", "assignee_ids"],
] as const;

/** The same delivery as the other client would have caused it; undefined when both spell its field alike. */
export function twin(body: string): string | undefined {
  const delivery = JSON.parse(body);
  for (const [api, pages] of SPELLINGS) {
    const other = { [api]: pages, [pages]: api }[delivery.activity.field as string];
    if (other !== undefined) {
      return JSON.stringify({ ...delivery, activity: { ...delivery.activity, field: other } });
    }
  }
  return undefined;
}

/** An account as deliveries show it. */
export function account(name: string): Record<"id" | "email" | "display_name", string> {
  return { id: idOf("user", name), email: `${name}@javisi.local`, display_name: name };
}

/** The accounts of the platform, as `members/` lists them. */
export const PEOPLE = [...AGENTS.map(({ agentId }) => account(agentId)), account("camille")];

export const ONBOARDING = { id: idOf("project", "ONB"), identifier: "ONB", name: "Onboarding" };

const GROUPS: Record<string, string> = {
  Todo: "unstarted",
  "In Progress": "started",
  Blocked: "started",
  Done: "completed",
  Cancelled: "cancelled",
};

/** A work item to make deliveries and answers of. */
export interface TestItem {
  number: number;
  name: string;
  state: string;
  agent?: string;
  assignees?: string[];
  labels?: string[];
  priority?: string;
  fields?: Fields;
}

/** A work item as deliveries show it, and the API with `expand=`. */
export function itemData(item: TestItem, at: number): Record<string, unknown> {
  const { number, name, state, agent, assignees = [], labels = [], priority = "medium", fields = {} } = item;
  const named = [...(agent === undefined ? [] : [agentLabel(agent)]), ...labels];
  return {
    id: idOf("item", String(number)),
    project: ONBOARDING.id,
    sequence_id: number,
    name,
    state: { id: idOf("state", state), name: state, color: "#60646C", group: GROUPS[state] },
    labels: named.map((label) => ({ id: idOf("label", label), name: label, color: "#abcdef" })),
    assignees: [...(agent === undefined ? [] : [agent]), ...assignees].map(account),
    priority,
    description_html: writeFields("<p>Une description.</p>", {
      ...(agent === undefined ? {} : { agent_id: agent }),
      ...fields,
    }),
    created_at: new Date(at).toISOString(),
    updated_at: new Date(at).toISOString(),
    completed_at: state === "Done" ? new Date(at).toISOString() : null,
  };
}

/** A delivery about a change of a work item's field. */
export function changeOf(
  actor: string,
  item: TestItem,
  field: string | null,
  [before, after]: [unknown, unknown],
  at: number,
): string {
  return body("issue", field === null ? "created" : "updated", itemData(item, at), actor, {
    field,
    old_value: before,
    new_value: after,
  });
}

/** A delivery about a new state. */
export function stateChange(actor: string, item: TestItem, before: string, at: number): string {
  return changeOf(actor, item, "state", [idOf("state", before), idOf("state", item.state)], at);
}

/** A delivery about a new comment. */
export function commentBy(actor: string, item: TestItem, html: string, at: number): string {
  const data = {
    id: idOf("comment", `${at}`),
    comment_html: html,
    issue: idOf("item", String(item.number)),
    project: ONBOARDING.id,
    actor: account(actor).id,
    created_at: new Date(at).toISOString(),
    updated_at: new Date(at).toISOString(),
  };
  return body("issue_comment", "created", data, actor);
}

/** A delivery about a new project. */
export function projectBy(actor: string, at: number): string {
  const data = {
    ...ONBOARDING,
    created_at: new Date(at).toISOString(),
    updated_at: new Date(at).toISOString(),
  };
  return body("project", "created", data, actor);
}

function body(
  event: string,
  action: string,
  data: object,
  actor: string,
  activity: Record<"field" | "old_value" | "new_value", unknown> = {
    field: null,
    old_value: null,
    new_value: null,
  },
): string {
  return JSON.stringify({ event, action, data, activity: { ...activity, actor: account(actor) } });
}

/** The same id for the same thing in every run. */
export function idOf(kind: string, name: string): string {
  let hash = 7;
  for (const letter of `${kind} ${name}`) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return `${hash.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
}
