import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { celeryLog } from "../log.ts";
import type { Broker } from "../redis/broker.ts";

/** Takes tasks off the queue until told to stop. The tasks of this version do nothing but leave their lines. */
export async function runWorker(broker: Broker, stop: AbortSignal): Promise<void> {
  celeryLog("INFO", `celery@${hostname()} ready.`);
  while (!stop.aborted) {
    try {
      const message = await broker.take(1);
      if (message === undefined) continue;
      celeryLog("INFO", `Task ${message.task}[${message.id}] received`);
      await broker.done(message);
      celeryLog("INFO", `Task ${message.task}[${message.id}] succeeded in 0.0s: None`);
    } catch (error) {
      celeryLog(
        "WARNING",
        `consumer: Connection to broker lost (${(error as Error).message}). Trying to re-establish the connection...`,
      );
      await sleep(1000);
      await broker.declare().catch(() => {});
    }
  }
}
