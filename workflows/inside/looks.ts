import { type Look, looks, type Mark } from "../messages/catchUp.ts";
import type { PlaneEvent } from "../messages/events.ts";
import type { Answers, Need } from "../workspace/answers.ts";
import { type Asked, answered } from "./answers.ts";
import { type EventRow, eventRow } from "./eventRow.ts";
import { isProject, type MarkRow } from "./marks.ts";

interface LooksItem {
  needs: Need[];
  answers: Answers;
  looks: Look[];
  rows: EventRow[];
}

/** Which projects are to be looked into; nothing while Plane does not answer: the next look is in five minutes. */
export function run(items: object[], from: (node: string) => object[]): LooksItem[] {
  const marks = (from("Marks") as Partial<MarkRow>[]).flatMap(
    ({ project, began, since }): [string, Mark][] =>
      project === undefined || !isProject(project)
        ? []
        : [[project, { began: began ?? "", since: since ?? "" }]],
  );
  const asked = from("Needs") as Asked[];
  const answers = asked.length === 0 ? {} : answered(asked, items);
  const next = looks(Object.fromEntries(marks), answers, Date.now());
  const empty = { needs: [], answers, looks: [], rows: [] };
  if ("later" in next) return [];
  if ("needs" in next) return [{ ...empty, needs: next.needs }];
  return [{ ...empty, looks: next.looks, rows: next.events.map((event: PlaneEvent) => eventRow(event)) }];
}
