import { setTimeout as sleep } from "node:timers/promises";
import { withConnection } from "../database.ts";
import { say } from "../log.ts";
import { pendingMigrations } from "../migrations/index.ts";
import type { Settings } from "../settings.ts";

/** Waits, without end, until a migrator has brought the database to this code's state. */
export async function waitForMigrations(settings: Settings): Promise<void> {
  for (;;) {
    const pending = await withConnection(settings.databaseUrl, (client) =>
      pendingMigrations(client, settings.version),
    );
    if (pending.length === 0) {
      say("No migrations Pending. Starting processes ...");
      return;
    }
    say("Waiting for database migrations to complete...");
    await sleep(1000);
  }
}
