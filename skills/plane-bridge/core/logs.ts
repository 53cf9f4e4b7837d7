import type { Desk } from "./desk.ts";
import type { Task } from "./task.ts";

/** Page of the logs of the session that works on a task (OPENCLAW-13); undefined without a session, or without such pages. */
export function logsOf(
  { bridge }: Pick<Desk, "bridge">,
  { fields }: Pick<Task, "fields">,
): string | undefined {
  if (fields.session_id === undefined) return undefined;
  // OpenClaw's own lines name the bare id.
  const id = fields.session_id.replace("openclaw-session-", "");
  return bridge.config.logs?.replaceAll("{session}", encodeURIComponent(id));
}
