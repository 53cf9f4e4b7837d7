import { fieldsOf } from "../workspace/fields.ts";
import type { Settings } from "../workspace/settings.ts";
import type { Status } from "../workspace/status.ts";
import { named, STATUS_WORDS } from "../workspace/words.ts";
import { progressOf } from "./comment.ts";
import type { Context } from "./context.ts";
import type { CommentEvent, ItemEvent, PlaneEvent } from "./events.ts";
import { instantOf } from "./instant.ts";
import { agentOf } from "./person.ts";
import type { Row } from "./row.ts";
import { duration, head, NBSP, taskTitle } from "./words.ts";

/** An edit more often than this is refused by Telegram sooner or later, and read by nobody (NOTIF-07). */
const EDIT_MS = 30_000;
const AT_WORK: readonly (Status | "")[] = ["in_progress", "blocked"];

/** What the row of a work item learns for its live message: columns to write, none when nothing changes. */
export function liveChange(event: PlaneEvent, row: Row, context: Context, settings: Settings): Partial<Row> {
  if ("comment" in event) return progressChange(event, row, context, settings);
  return "item" in event ? statusChange(event, row, context, settings) : {};
}

function statusChange(
  { kind, item }: ItemEvent,
  row: Row,
  context: Context,
  settings: Settings,
): Partial<Row> {
  const agent = agentOf(context.actor, settings)?.agentId;
  const begins = kind === "issue.started" && agent !== undefined;
  if (!begins) return row.live === "" ? {} : { live: liveHtml(item.status, row, context, settings) };
  // What is over stays as it is, and new work has a message of its own; one that is yet to be edited goes on instead.
  const isAnew = row.live === "" || (row.status !== "" && !AT_WORK.includes(row.status));
  const work = { agent, ...(isAnew && UNSAID), ...(isAnew && row.live === row.shown && UNSENT) };
  return { ...work, live: liveHtml(item.status, { ...row, ...work }, context, settings) };
}

function progressChange(
  { comment }: CommentEvent,
  row: Row,
  context: Context,
  settings: Settings,
): Partial<Row> {
  const progress = progressOf(comment.html);
  const agent = agentOf(context.actor, settings)?.agentId;
  const at = instantOf(comment.at) ?? 0;
  const status = context.item?.status;
  const isOver = status === undefined || !AT_WORK.includes(status);
  if (progress === undefined || agent === undefined || isOver || at <= row.progressAt) return {};
  const said = { agent, note: progress.note, percent: progress.percent ?? row.percent, progressAt: at };
  return { ...said, live: liveHtml(status, { ...row, ...said }, context, settings) };
}

const UNSAID = { percent: -1, note: "", progressAt: 0 };
const UNSENT = { shown: "", message: 0, editedAt: 0 };

/** Longest note: the rest is in Plane. */
const NOTE = 300;
const CELLS = 10;

function liveHtml(
  status: Status,
  { agent, percent, note }: Row,
  context: Context,
  settings: Settings,
): string {
  const { sign, one } = STATUS_WORDS[status];
  const name = settings.agents.find(({ agentId }) => agentId === agent)?.displayName ?? agent;
  const minutes = fieldsOf(context.item?.description ?? null).time_spent_minutes;
  const headline = `${sign} ${head(context.project)}Agent ${named(name)}${NBSP}: ${taskTitle(context, settings)}, ${one}`;
  if (!AT_WORK.includes(status)) return headline + (minutes === undefined ? "" : ` · ⏱️ ${duration(minutes)}`);
  const done = Math.round((percent / 100) * CELLS);
  const bar = percent < 0 ? "" : `${"▓".repeat(done)}${"░".repeat(CELLS - done)} ${percent}${NBSP}%`;
  const said = note === "" ? "" : named(note, NOTE);
  return bar + said === "" ? headline : `${headline}\n⏳ ${[bar, said].filter(Boolean).join(" · ")}`;
}

/** What is to be done with a live message now. */
export type LiveStep =
  | { do: "nothing" }
  | { do: "send"; html: string }
  | { do: "edit"; html: string; message: number }
  /** Nothing before `until`, milliseconds since 1970. */
  | { do: "wait"; until: number };

/**
 * One message for each task, edited at most every 30 s (NOTIF-07). When it is done, `shown`, `message` and `editedAt`
 * of the row are what was sent.
 */
export function liveStep({ live, shown, message, editedAt }: Row, now: number): LiveStep {
  if (live === shown) return { do: "nothing" };
  if (editedAt + EDIT_MS > now) return { do: "wait", until: editedAt + EDIT_MS };
  return message === 0 ? { do: "send", html: live } : { do: "edit", html: live, message };
}
