import { randomBytes, randomUUID } from "node:crypto";
import { insert, type Queryable } from "../database.ts";
import type { User } from "../http/sessions.ts";
import { randomColor } from "./colors.ts";
import { hashPassword } from "./passwords.ts";

/** What the api shows of somebody else. */
export const USER_LITE = "id, first_name, last_name, email, avatar, NULL AS avatar_url, display_name";

/** SQL for the same as one JSON object, of the table alias `alias`. */
export function userLiteJson(alias: string): string {
  return `jsonb_build_object('id', ${alias}.id, 'first_name', ${alias}.first_name, 'last_name', ${alias}.last_name,
    'email', ${alias}.email, 'avatar', ${alias}.avatar, 'avatar_url', NULL, 'display_name', ${alias}.display_name)`;
}

/** SQL for a person in a list of members: with what administrators see. */
export function memberJson(alias: string, { admin }: { admin: boolean }): string {
  const more = admin ? `, 'email', ${alias}.email, 'last_login_medium', ${alias}.last_login_medium` : "";
  return `jsonb_build_object('id', ${alias}.id, 'first_name', ${alias}.first_name, 'last_name', ${alias}.last_name,
    'avatar', ${alias}.avatar, 'avatar_url', NULL, 'is_bot', ${alias}.is_bot,
    'display_name', ${alias}.display_name${more})`;
}

/** Makes an account with its profile. */
export async function createUser(
  database: Queryable,
  fields: {
    email: string;
    password: string;
    first_name?: string;
    last_name?: string;
    display_name?: string;
    is_bot?: boolean;
    bot_type?: string;
    company_name?: string;
  },
): Promise<User> {
  const { company_name = "", password, ...rest } = fields;
  const user = await insert<User>(database, "users", {
    username: randomUUID().replaceAll("-", ""),
    display_name: fields.email.split("@")[0],
    token: randomBytes(32).toString("hex"),
    password: password === "" ? "" : hashPassword(password),
    ...rest,
  });
  await insert(database, "profiles", {
    user_id: user.id,
    company_name,
    background_color: randomColor(),
  });
  return user;
}
