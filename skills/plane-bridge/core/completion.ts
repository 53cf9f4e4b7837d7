import type { Attachment } from "../../../plane/api/attachments.ts";
import { isDeliverable } from "./deliverable.ts";
import type { Task } from "./task.ts";

/** What an agent says of its work when it is done. */
export interface Completion {
  summary?: string | undefined;
  confidence?: number | undefined;
  evidence?: { commit?: string | undefined; tests?: "passed" | "not_applicable" | undefined } | undefined;
}

/** What is missing before a task is done (OPENCLAW-18), all at once; empty when nothing is. */
export function missingForDone(
  task: Task,
  dependencies: readonly Task[],
  attachments: readonly Attachment[],
  { summary, confidence, evidence }: Completion,
): string[] {
  const missing: string[] = [];
  const open = dependencies.filter(({ status }) => status !== "done");
  if (open.length > 0) {
    missing.push(
      `dependencies that are not done: ${open.map(({ key, status }) => `${key} (${status})`).join(", ")}`,
    );
  }
  if (summary === undefined || summary.trim() === "") missing.push("summary: what was done, in Markdown");
  if (confidence === undefined) missing.push("confidence: 0.0 to 1.0, how sure you are of the result");
  if (task.fields.task_kind === "code") {
    if (!evidence?.commit) missing.push("evidence.commit: the commit that holds the code");
    if (evidence?.tests === undefined) missing.push("evidence.tests: passed, or not_applicable");
  }
  if (task.fields.deliverable === "required" && !attachments.some((one) => isDeliverable(one))) {
    missing.push("the deliverable: send it with plane_upload_deliverable first");
  }
  return missing;
}
