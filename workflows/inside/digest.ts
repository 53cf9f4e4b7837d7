import { type DigestSettings, digest } from "../digest/digest.ts";
import type { Answers, Need } from "../workspace/answers.ts";
import { type Asked, answered } from "./answers.ts";
import type { OutboxRow } from "./decide.ts";

interface DigestItem {
  needs: Need[];
  answers: Answers;
  rows: OutboxRow[];
}

/** Goes round until nothing is needed. What Plane did not answer fails here, and the failure is told. */
export function run(
  items: object[],
  from: (node: string) => object[],
  settings: DigestSettings,
): DigestItem[] {
  const asked = from("Needs") as Asked[];
  const answers = asked.length === 0 ? {} : answered(asked, items);
  const next = digest(answers, settings, Date.now());
  if ("problem" in next) throw new Error(next.problem);
  if ("needs" in next) return [{ needs: next.needs, answers, rows: [] }];
  const day = new Date().toISOString().slice(0, 10);
  const rows = next.texts.map((html, index): OutboxRow => {
    const headline = html.split("\n")[0] ?? "";
    return {
      key: `digest:${day}:${index}`,
      html,
      topic: "digest",
      headline,
      state: "waiting",
      due: 0,
      tries: 0,
    };
  });
  return [{ needs: [], answers: {}, rows }];
}
