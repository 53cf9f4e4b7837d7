import { createHmac, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { all, iso, one, type Queryable, type Row } from "../database.ts";
import type { Arguments } from "../redis/broker.ts";
import type { Settings } from "../settings.ts";
import { PROJECT } from "./projects.ts";
import { pythonJson } from "./python-json.ts";
import { userLiteJson } from "./users.ts";
import type { Activity, Change } from "./webhooks.ts";

const TIMEOUT_MS = 30_000;
const RETRIES = 5;
const LONGEST_DELAY_SECONDS = 600;

/** A delivery: signed anew, and under a new number, at each attempt. */
interface Delivery {
  webhook: { id: string; url: string; secret_key: string };
  event: string;
  body: string;
}

const FLAGS = { project: "project", issue: "issue", issue_comment: "issue_comment" } as const;

/** Tells every active webhook of the workspace that wants the event, once for each changed field. */
export async function deliverActivity(
  database: Queryable,
  settings: Settings,
  args: Arguments,
  log: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const { event, id, changes, deleted, slug, actor_id: actorId } = args as unknown as Activity & Arguments;
  const webhooks = await all<Delivery["webhook"] & { workspace_id: string }>(
    database,
    `SELECT h.id, h.url, h.secret_key, h.workspace_id FROM webhooks h JOIN workspaces w ON w.id = h.workspace_id
     WHERE w.slug = $1 AND h.is_active AND h.${FLAGS[event]} AND h.deleted_at IS NULL`,
    [slug],
  );
  if (webhooks.length === 0) return;
  const actor = await one<{ actor: Row }>(
    database,
    `SELECT ${userLiteJson("u")} AS actor FROM users u WHERE u.id = $1`,
    [actorId],
  );
  const data = deleted ? { id } : await dataOf(database, event, id);
  const action = deleted ? "deleted" : changes === undefined ? "created" : "updated";
  const none: Change = { field: null as unknown as string, new_value: null, old_value: null };
  for (const { field, new_value, old_value } of changes ?? [none]) {
    for (const webhook of webhooks) {
      const body = pythonJson({
        event,
        action,
        webhook_id: webhook.id,
        workspace_id: webhook.workspace_id,
        data,
        activity: {
          field,
          new_value,
          old_value,
          actor: actor?.actor ?? null,
          old_identifier: null,
          new_identifier: null,
        },
      });
      // A slow or closed receiver holds nobody else up.
      void attempt(database, settings, { webhook, event, body }, log, stop);
    }
  }
}

/**
 * Any answer counts as delivered. Without one there are five more attempts, at random distances, and then the
 * webhook is switched off.
 */
async function attempt(
  database: Queryable,
  settings: Settings,
  { webhook, event, body }: Delivery,
  log: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  for (let retries = 0; ; retries++) {
    try {
      const answer = await fetch(webhook.url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "Autopilot",
          "x-plane-delivery": randomUUID(),
          "x-plane-event": event,
          "x-plane-signature": signature(webhook.secret_key, body),
        },
        body,
        signal: AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await answer.arrayBuffer();
      return;
    } catch (error) {
      if (stop.aborted) return;
      log(`Webhook request failed: ${webhook.url}: ${(error as Error).message}`);
      if (retries === RETRIES) {
        await database
          .query("UPDATE webhooks SET is_active = false WHERE id = $1", [webhook.id])
          .catch(() => {});
        return;
      }
      const seconds = settings.standin.retrySeconds ?? Math.random() * LONGEST_DELAY_SECONDS;
      await sleep(seconds * 1000, undefined, { signal: stop }).catch(() => {});
      if (stop.aborted) return;
    }
  }
}

/** Hex HMAC-SHA256 of the raw body. */
export function signature(secret: string, body: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

async function dataOf(database: Queryable, event: Activity["event"], id: string): Promise<Row> {
  const select = { project: PROJECT_DATA, issue: ISSUE_DATA, issue_comment: COMMENT_DATA }[event];
  return (await one(database, select, [id])) ?? { id };
}

const PROJECT_DATA = `SELECT p.id, ${PROJECT} FROM projects p WHERE p.id = $1`;

const ISSUE_DATA = `SELECT i.id,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'name', l.name, 'color', l.color)), '[]')
     FROM issue_labels x JOIN labels l ON l.id = x.label_id WHERE x.issue_id = i.id) AS labels,
    (SELECT coalesce(jsonb_agg(${userLiteJson("u")}), '[]')
     FROM issue_assignees x JOIN users u ON u.id = x.assignee_id WHERE x.issue_id = i.id) AS assignees,
    (SELECT jsonb_build_object('id', s.id, 'name', s.name, 'color', s.color, 'group', s."group")
     FROM states s WHERE s.id = i.state_id) AS state,
    '{}'::jsonb AS description, ${iso("i.created_at")} AS created_at, ${iso("i.updated_at")} AS updated_at,
    i.deleted_at, NULL AS point, i.name, '{}'::jsonb AS description_json, i.description_html,
    i.description_stripped, NULL AS description_binary, i.priority, i.start_date, i.target_date, i.sequence_id,
    i.sort_order, i.completed_at, i.archived_at, i.is_draft, i.external_source, i.external_id,
    i.created_by_id AS created_by, i.updated_by_id AS updated_by, i.project_id AS project,
    i.workspace_id AS workspace, i.parent_id AS parent, i.estimate_point_id AS estimate_point, NULL AS type
  FROM issues i WHERE i.id = $1`;

const COMMENT_DATA = `SELECT c.id, c.created_at, c.updated_at, c.deleted_at, c.comment_html, '[]'::jsonb AS attachments,
    c.access, c.external_source, c.external_id, c.edited_at, c.created_by_id AS created_by,
    c.updated_by_id AS updated_by, c.project_id AS project, c.workspace_id AS workspace,
    c.description_id AS description, c.issue_id AS issue, c.actor_id AS actor, c.parent_id AS parent
  FROM issue_comments c WHERE c.id = $1`;
