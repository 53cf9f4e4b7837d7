import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { celeryLog } from "../log.ts";
import { deleteRelated, SOFT_DELETE } from "../plane/deletion.ts";
import { deliverActivity } from "../plane/deliveries.ts";
import { noteObjectMetadata, OBJECT_METADATA } from "../plane/storage.ts";
import { MODEL_ACTIVITY } from "../plane/webhooks.ts";
import type { Broker, Message } from "../redis/broker.ts";
import type { Settings } from "../settings.ts";

/** Takes tasks off the queue until told to stop. Those that it does not know leave their lines and nothing else. */
export async function runWorker(
  broker: Broker,
  settings: Settings,
  database: pg.Pool,
  stop: AbortSignal,
): Promise<void> {
  celeryLog("INFO", `celery@${hostname()} ready.`);
  while (!stop.aborted) {
    try {
      const message = await broker.take(1);
      if (message === undefined) continue;
      celeryLog("INFO", `Task ${message.task}[${message.id}] received`);
      await run(message, settings, database, stop);
      await broker.done(message);
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

async function run(
  message: Message,
  settings: Settings,
  database: pg.Pool,
  stop: AbortSignal,
): Promise<void> {
  const name = `${message.task}[${message.id}]`;
  try {
    if (message.task === MODEL_ACTIVITY) {
      const log = (line: string): void => celeryLog("WARNING", line);
      await deliverActivity(database, settings, message.arguments, log, stop);
    }
    if (message.task === SOFT_DELETE) {
      await deleteRelated(database, String(message.arguments["instance_id"]));
    }
    if (message.task === OBJECT_METADATA) {
      await noteObjectMetadata(database, settings.storage, String(message.arguments["asset_id"]));
    }
    celeryLog("INFO", `Task ${name} succeeded in 0.0s: None`);
  } catch (error) {
    celeryLog("ERROR", `Task ${name} raised unexpected: ${(error as Error).message}`);
  }
}
