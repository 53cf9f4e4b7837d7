import { setTimeout as sleep } from "node:timers/promises";
import { withConnection } from "../database.ts";
import { say } from "../log.ts";
import type { Settings } from "../settings.ts";

/** Waits, without end, until PostgreSQL lets the role in. */
export async function waitForDb(settings: Settings): Promise<void> {
  say("Waiting for database...");
  for (;;) {
    try {
      await withConnection(settings.databaseUrl, (client) => client.query("SELECT 1"));
      say("Database available!");
      return;
    } catch (error) {
      say(`Database unavailable (${(error as Error).message || "no connection"}), waiting 1 second...`);
      await sleep(1000);
    }
  }
}
