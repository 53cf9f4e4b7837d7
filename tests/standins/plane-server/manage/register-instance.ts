import { randomBytes } from "node:crypto";
import { withConnection } from "../database.ts";
import { say } from "../log.ts";
import { BootError, type Settings } from "../settings.ts";

/** Makes the one instance row on the first start; later starts record the running version. */
export async function registerInstance(settings: Settings, [signature]: string[]): Promise<void> {
  if (signature === undefined) throw new BootError("CommandError: Machine signature is required");
  await withConnection(settings.databaseUrl, async (client) => {
    const updated = await client.query(
      "UPDATE instances SET current_version = $1, latest_version = $1, last_checked_at = now(), updated_at = now()",
      [settings.version],
    );
    if (updated.rowCount !== 0) {
      say("Instance already registered");
      return;
    }
    await client.query(
      `INSERT INTO instances (instance_name, instance_id, current_version, latest_version, last_checked_at)
       VALUES ('Plane Community Edition', $1, $2, $2, now())`,
      [randomBytes(12).toString("hex"), settings.version],
    );
    say("Instance registered");
  });
}
