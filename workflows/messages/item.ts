import type { Entry } from "../workspace/answers.ts";
import type { Project } from "../workspace/project.ts";
import { type Status, statusOf } from "../workspace/status.ts";
import { type Person, personOf } from "./person.ts";
import { entriesOf, entryOf, textOf } from "./read.ts";

/** A work item as deliveries show it, and as the API does with `expand=`. */
export interface Item {
  id: string;
  project: string;
  /** The number in its key: 3 of `ONB-3`. */
  number: number;
  name: string;
  stateId: string;
  status: Status;
  labels: { id: string; name: string }[];
  assignees: Person[];
  priority: string;
  description: string | null;
  /** An instant. Comments move it too. */
  updatedAt: string;
}

/** How the API has to be asked so that {@link itemOf} can read it. */
export const ITEM_EXPAND = "expand=state,labels,assignees,project";

/** A work item out of JSON; undefined when something is missing. */
export function itemOf(entry: Entry): Item | undefined {
  const id = textOf(entry["id"]);
  const project = textOf(entry["project"]) ?? textOf(entryOf(entry["project"])?.["id"]);
  const state = entryOf(entry["state"]);
  const number = entry["sequence_id"];
  if (id === undefined || project === undefined || typeof number !== "number") return undefined;
  return {
    id,
    project,
    number,
    name: textOf(entry["name"]) ?? "",
    stateId: textOf(state?.["id"]) ?? "",
    status: statusOf({ name: textOf(state?.["name"]) ?? "", group: textOf(state?.["group"]) ?? "" }),
    labels: entriesOf(entry["labels"]).map((label) => ({
      id: textOf(label["id"]) ?? "",
      name: textOf(label["name"]) ?? "",
    })),
    assignees: entriesOf(entry["assignees"]).flatMap((person) => personOf(person) ?? []),
    priority: textOf(entry["priority"]) ?? "none",
    description: textOf(entry["description_html"]) ?? null,
    updatedAt: textOf(entry["updated_at"]) ?? "",
  };
}

/** A project out of JSON; undefined when it is only an id. */
export function projectOf(value: unknown): Project | undefined {
  const entry = entryOf(value);
  const [id, name, identifier] = ["id", "name", "identifier"].map((key) => textOf(entry?.[key]));
  if (id === undefined || name === undefined || identifier === undefined) return undefined;
  return { id, name, identifier };
}
