import { existsSync } from "node:fs";
import { BootError, loadSettings, type Settings } from "../settings.ts";
import { clearCache } from "./clear-cache.ts";
import { configureInstance } from "./configure-instance.ts";
import { createBucket } from "./create-bucket.ts";
import { migrateCommand } from "./migrate.ts";
import { registerInstance } from "./register-instance.ts";
import { standinToken } from "./standin-token.ts";
import { waitForDb } from "./wait-for-db.ts";
import { waitForMigrations } from "./wait-for-migrations.ts";

type Command = (settings: Settings, args: string[]) => Promise<void>;

const COMMANDS: Record<string, Command> = {
  wait_for_db: waitForDb,
  migrate: migrateCommand,
  wait_for_migrations: waitForMigrations,
  register_instance: registerInstance,
  configure_instance: configureInstance,
  create_bucket: createBucket,
  clear_cache: clearCache,
  // The stand-in's api serves no static files of its own.
  collectstatic: async () =>
    console.log("0 static files copied to '/code/plane/static-assets/collected-static'."),
  standin_token: standinToken,
};

/** `python manage.py <command>`; nothing else of Python is here. */
export async function python(args: string[]): Promise<number> {
  const [script, name = "help", ...rest] = args;
  if (script !== "manage.py") {
    process.stderr.write("this is a stand-in: only `python manage.py <command>` exists\n");
    return 2;
  }
  if (!existsSync("manage.py")) {
    process.stderr.write(
      `python: can't open file '${process.cwd()}/manage.py': [Errno 2] No such file or directory\n`,
    );
    return 2;
  }
  const command = COMMANDS[name];
  if (command === undefined) {
    throw new BootError(
      `Unknown command: '${name}'. The stand-in knows: ${Object.keys(COMMANDS).join(", ")}`,
    );
  }
  await command(loadSettings(), rest);
  return 0;
}
