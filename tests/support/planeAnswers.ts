import type { FieldChanges } from "../../plane/fields/declarations.ts";
import { writeFields } from "../../plane/fields/write.ts";
import { projectSetup } from "../../plane/projectSetup.ts";
import type { Answer, Answers, Need } from "../../workflows/workspace/answers.ts";

/** A work item of a workspace that only exists in a test. */
export interface Item {
  project: string;
  number: number;
  name: string;
  state: string;
  priority?: string;
  due?: string;
  completedAt?: string;
  /** When its state changed last, where that is not `completedAt`: a later save moves the latter. */
  stateChangedAt?: string;
  description?: string;
  fields?: FieldChanges;
  assignees?: string[];
  /** Keys of items that it waits for. */
  waitsFor?: string[];
}

/** A workspace in memory that answers GETs as `/api/v1` does (contracts/plane, cases `project.list`, `work-item.list`). */
export class PlaneAnswers {
  readonly projects: { identifier: string; name: string; archived_at?: string; is_member?: boolean }[] = [];
  readonly items: Item[] = [];
  /** Every GET that was asked for, round by round. */
  readonly rounds: Need[][] = [];

  /** Asks again with more answers until nothing is needed any more. */
  through<T extends object>(ask: (answers: Answers) => T): Exclude<T, { needs: Need[] }> {
    const answers: Record<Need, Answer> = {};
    for (;;) {
      const next = ask(answers);
      if (!("needs" in next)) return next as Exclude<T, { needs: Need[] }>;
      const needs = next.needs as Need[];
      this.rounds.push(needs);
      for (const need of needs) {
        if (need in answers) throw new Error(`asked for twice: ${need}`);
        answers[need] = this.get(need);
      }
    }
  }

  get(need: Need): Answer {
    const { pathname, searchParams: query } = new URL(need, "http://plane/");
    const [, , project, , item] = pathname.split("/");
    if (pathname === "/projects/")
      return page(
        query,
        this.projects.map((entry) => this.#project(entry)),
      );
    if (pathname.endsWith("/work-items/")) {
      const own = this.items.filter((entry) => idOf(entry.project) === project);
      return page(
        query,
        own.map((entry) => this.#item(entry)),
      );
    }
    if (pathname.endsWith("/relations/")) {
      const waiting = this.items.find((entry) => idOf(keyOf(entry)) === item);
      const related = (waiting?.waitsFor ?? []).map((key) => ({
        issue_id: idOf(key),
        project_id: idOf(key.split("-")[0] ?? ""),
      }));
      return { status: 200, body: { blocking: [], blocked_by: related } };
    }
    if (pathname.endsWith("/activities/")) {
      const changed = this.items.find((entry) => idOf(keyOf(entry)) === item);
      const created_at = changed?.stateChangedAt ?? changed?.completedAt;
      const history = [
        { field: null, created_at: "2026-11-01T00:00:00Z" },
        { field: "state", created_at },
        { field: "labels", created_at: changed?.completedAt },
      ];
      return page(query, created_at === undefined ? history.slice(0, 1) : history);
    }
    return { status: 404, body: { error: "The requested resource does not exist." } };
  }

  #project({ identifier, name, archived_at, is_member = true }: PlaneAnswers["projects"][number]) {
    return { id: idOf(identifier), identifier, name, is_member, archived_at: archived_at ?? null };
  }

  #item(item: Item) {
    const state = projectSetup([]).states.find(({ name }) => name === item.state);
    return {
      id: idOf(keyOf(item)),
      sequence_id: item.number,
      name: item.name,
      priority: item.priority ?? "none",
      state: { id: item.state, name: item.state, group: state?.group ?? "started", color: "#60646C" },
      target_date: item.due ?? null,
      completed_at: item.completedAt ?? null,
      description_html: writeFields(item.description ?? "<p>…</p>", item.fields ?? {}),
      assignees: (item.assignees ?? []).map((display_name) => ({ id: display_name, display_name })),
    };
  }
}

function page(query: URLSearchParams, entries: readonly object[]): Answer {
  const size = Number(query.get("per_page"));
  const at = Number(query.get("cursor")?.split(":")[1] ?? 0);
  const results = entries.slice(at * size, (at + 1) * size);
  return { status: 200, body: { results, next_page_results: entries.length > (at + 1) * size } };
}

const keyOf = ({ project, number }: Item) => `${project}-${number}`;
/** An id that a person can read. */
const idOf = (key: string) => `id-${key}`;
