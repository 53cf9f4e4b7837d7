import { liveStep } from "../messages/live.ts";
import { rowOf } from "../messages/row.ts";

interface LiveItem {
  do: "send" | "edit" | "nothing" | "wait";
  issue: string;
  html: string;
  message: number;
}

/** What is to be done with the live message of a work item now. */
export function run(items: object[]): LiveItem[] {
  const row = rowOf(items[0] as Record<string, unknown>);
  const step = liveStep(row, Date.now());
  const html = "html" in step ? step.html : "";
  return [{ do: row.issue === "" ? "nothing" : step.do, issue: row.issue, html, message: row.message }];
}
