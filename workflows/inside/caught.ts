import { catchUp, type Look } from "../messages/catchUp.ts";
import { cyclesDue } from "../messages/cycles.ts";
import { cycleKey } from "../messages/keys.ts";
import { type Answers, type Entry, listOf, type Need } from "../workspace/answers.ts";
import { type Asked, answered } from "./answers.ts";
import { type EventRow, eventRow } from "./eventRow.ts";
import { cycleMark, isCycle, keyOfMark, type MarkRow } from "./marks.ts";

interface CaughtItem {
  needs: Need[];
  answers: Answers;
  rows: EventRow[];
  marks: MarkRow[];
}

/** What changed in a project and what its cycles' dates say; nothing while Plane does not answer. */
export function run(items: object[], from: (node: string) => object[]): CaughtItem[] {
  const [look] = from("In") as Look[];
  if (look === undefined) return [];
  const asked = from("Needs") as Asked[];
  const answers = asked.length === 0 ? {} : answered(asked, items);
  const next = catchUp(look, answers, Date.now());
  const cycles = listOf(answers, `projects/${look.project}/cycles/`, {});
  if ("later" in next) return [];
  const needs = [...("needs" in next ? next.needs : []), ...("needs" in cycles ? cycles.needs : [])];
  if (needs.length > 0 || "needs" in next) return [{ needs, answers, rows: [], marks: [] }];
  // A project without cycles refuses their list.
  const entries: Entry[] = "value" in cycles ? cycles.value : [];
  const told = (from("Marks") as MarkRow[]).map(({ project = "" }) => project).filter(isCycle);
  const due = cyclesDue(entries, Date.now(), new Set(told.map(keyOfMark)));
  return [
    {
      needs: [],
      answers: {},
      rows: [...next.events, ...due].map(eventRow),
      marks: [...due.map((event) => cycleMark(cycleKey(event))), { project: look.project, ...next.mark }],
    },
  ];
}
