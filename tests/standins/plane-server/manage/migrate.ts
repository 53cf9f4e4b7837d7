import { withConnection } from "../database.ts";
import { say } from "../log.ts";
import { knownMigrations, migrate } from "../migrations/index.ts";
import { BootError, type Settings } from "../settings.ts";

/**
 * Applies what the database lacks. `STANDIN_MIGRATE_FAILS=<text>` makes it fail the way a broken migration
 * does: some progress, then that text, exit 1.
 */
export async function migrateCommand(settings: Settings): Promise<void> {
  const apps = [...new Set(knownMigrations(settings.version).map(({ app }) => app))].sort();
  say("Operations to perform:");
  say(`  Apply all migrations: ${apps.join(", ")}`);
  say("Running migrations:");
  const failure = process.env["STANDIN_MIGRATE_FAILS"];
  if (failure !== undefined) {
    say("  Applying db.0001_initial...");
    throw new BootError(failure);
  }
  const count = await withConnection(settings.databaseUrl, (client) =>
    migrate(client, settings.version, ({ app, name }) => say(`  Applying ${app}.${name}... OK`)),
  );
  if (count === 0) say("  No migrations to apply.");
}
