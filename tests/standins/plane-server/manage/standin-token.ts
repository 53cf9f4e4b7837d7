import { randomBytes, randomUUID } from "node:crypto";
import { withConnection } from "../database.ts";
import { say } from "../log.ts";
import type { Settings } from "../settings.ts";

/** The stand-in's own command: makes a user with a token and prints the token, for tests of the key API. */
export async function standinToken(
  settings: Settings,
  [email = "standin@example.test"]: string[],
): Promise<void> {
  const token = `plane_api_${randomBytes(16).toString("hex")}`;
  await withConnection(settings.databaseUrl, (client) =>
    client.query(
      `WITH owner AS (
         INSERT INTO users (username, email, display_name) VALUES ($1, $2, $4)
         ON CONFLICT (email) DO UPDATE SET updated_at = now() RETURNING id)
       INSERT INTO api_tokens (label, token, user_id) SELECT 'standin', $3, id FROM owner`,
      [randomUUID().replaceAll("-", ""), email, token, email.split("@")[0]],
    ),
  );
  say(token);
}
