import { setTimeout as sleep } from "node:timers/promises";
import type { Queryable } from "../database.ts";
import { celeryLog } from "../log.ts";
import type { Broker } from "../redis/broker.ts";

/** Plane's most frequent periodic task: every five minutes. */
const NAME = "check-every-five-minutes-to-send-email-notifications";
const TASK = "plane.bgtasks.email_notification_task.stack_email_notification";
const EVERY_MS = 5 * 60 * 1000;

/** The scheduler: sends the task at once, so that a start is seen to work, and then every five minutes. */
export async function runBeat(broker: Broker, database: Queryable, stop: AbortSignal): Promise<void> {
  celeryLog("INFO", "beat: Starting...");
  while (!stop.aborted) {
    try {
      await broker.publish(TASK);
      celeryLog("INFO", `Scheduler: Sending due task ${NAME} (${TASK})`);
      await database.query(
        `INSERT INTO django_celery_beat_periodictask (name, task, last_run_at, total_run_count)
         VALUES ($1, $2, now(), 1) ON CONFLICT (name) DO UPDATE
         SET last_run_at = now(), total_run_count = django_celery_beat_periodictask.total_run_count + 1`,
        [NAME, TASK],
      );
    } catch (error) {
      celeryLog("ERROR", `beat: Connection error: ${(error as Error).message}`);
    }
    await sleep(EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
}
