import { setTimeout as sleep } from "node:timers/promises";
import { celeryLog } from "../log.ts";
import type { Broker } from "../redis/broker.ts";

/** Plane's most frequent periodic task: every five minutes. */
const TASK = "plane.bgtasks.email_notification_task.stack_email_notification";
const EVERY_MS = 5 * 60 * 1000;

/** The scheduler: sends the task at once, so that a start is seen to work, and then every five minutes. */
export async function runBeat(broker: Broker, stop: AbortSignal): Promise<void> {
  celeryLog("INFO", "beat: Starting...");
  while (!stop.aborted) {
    try {
      await broker.publish(TASK);
      celeryLog(
        "INFO",
        `Scheduler: Sending due task check-every-five-minutes-to-send-email-notifications (${TASK})`,
      );
    } catch (error) {
      celeryLog("ERROR", `beat: Connection error: ${(error as Error).message}`);
    }
    await sleep(EVERY_MS, undefined, { signal: stop }).catch(() => {});
  }
}
