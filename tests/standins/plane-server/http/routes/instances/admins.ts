import { all, insert, one } from "../../../database.ts";
import { checkPassword, isStrong } from "../../../plane/passwords.ts";
import { createUser, memberJson } from "../../../plane/users.ts";
import { data } from "../../body.ts";
import { type Answer, type Context, json, type Request, type Route } from "../../exchange.ts";
import { badRequest, Missing } from "../../failure.ts";
import { logIn, logOut } from "../../sessions.ts";
import { baseUrl, formRoute, instanceRoute, redirect } from "../../views.ts";
import { byEmail, isEmail } from "../auth/forms.ts";
import { cached } from "./instance.ts";

const LIST = "/api/instances/admins/";
const ADMIN = `a.id, ${memberJson("u", { admin: true })} AS user_detail, a.created_at, a.updated_at, a.deleted_at,
  a.role, a.is_verified, a.created_by, a.updated_by, a.user_id AS "user", a.instance_id AS instance`;
const ME = `id, avatar, NULL AS avatar_url, cover_image, date_joined, display_name, email, first_name, last_name,
  is_active, is_bot, is_email_verified, user_timezone, username, is_password_autoset`;
const TRUE = ["True", "t", "1"];
const FALSE = ["False", "f", "0"];

/** `POST /api/instances/admins/sign-up/`: the first account, once. */
export const adminSignUp: Route = formRoute(
  "/api/instances/admins/sign-up/",
  async (fields, request, context) => {
    const { database, cache } = context;
    if ((await one(database, "SELECT id FROM instance_admins LIMIT 1")) !== undefined) {
      return refuse(request, context, 5150, "ADMIN_ALREADY_EXIST");
    }
    const given = {
      email: fields.get("email") ?? (false as const),
      first_name: fields.get("first_name") ?? (false as const),
      last_name: fields.get("last_name") ?? "",
      company_name: fields.get("company_name") ?? "",
      is_telemetry_enabled: fields.get("is_telemetry_enabled") ?? true,
    };
    const password = fields.get("password") ?? "";
    if (!given.email || !given.first_name || password === "") {
      return refuse(request, context, 5155, "REQUIRED_ADMIN_EMAIL_PASSWORD_FIRST_NAME", given);
    }
    const email = given.email.trim().toLowerCase();
    if (!isEmail(email)) return refuse(request, context, 5160, "INVALID_ADMIN_EMAIL", { ...given, email });
    if ((await byEmail(email, context)) !== undefined) {
      return refuse(request, context, 5180, "ADMIN_USER_ALREADY_EXIST", { ...given, email });
    }
    if (!isStrong(password)) return refuse(request, context, 5021, "PASSWORD_TOO_WEAK", { ...given, email });
    const { first_name, last_name, company_name } = given;
    const user = await createUser(database, { email, password, first_name, last_name, company_name });
    await database.query("INSERT INTO instance_admins (user_id, instance_id) SELECT $1, id FROM instances", [
      user.id,
    ]);
    const telemetry = django(given.is_telemetry_enabled);
    // Plane fails here too, with the account made and the instance not set up: nothing mends it from outside.
    if (telemetry === undefined) return serverError();
    await database.query(
      "UPDATE instances SET is_setup_done = true, instance_name = $1, is_telemetry_enabled = $2, updated_at = now()",
      [company_name, telemetry],
    );
    await cache.delete("/api/instances/");
    const general = `${baseUrl(request, context)}/god-mode/general/`;
    return { ...redirect(general), cookies: await logIn(request, context, user) };
  },
);

/** `POST /api/instances/admins/sign-in/`. */
export const adminSignIn: Route = formRoute(
  "/api/instances/admins/sign-in/",
  async (fields, request, context) => {
    const email = (fields.get("email") ?? "").trim().toLowerCase();
    const password = fields.get("password") ?? "";
    if (email === "" || password === "") {
      return refuse(request, context, 5170, "REQUIRED_ADMIN_EMAIL_PASSWORD", {
        email: fields.get("email") ?? false,
      });
    }
    if (!isEmail(email)) return refuse(request, context, 5160, "INVALID_ADMIN_EMAIL", { email });
    const user = await byEmail(email, context);
    if (user === undefined) return refuse(request, context, 5185, "ADMIN_USER_DOES_NOT_EXIST", { email });
    const admin = await one(context.database, "SELECT id FROM instance_admins WHERE user_id = $1", [user.id]);
    if (!checkPassword(password, user.password) || admin === undefined) {
      return refuse(request, context, 5175, "ADMIN_AUTHENTICATION_FAILED", { email });
    }
    const general = `${baseUrl(request, context)}/god-mode/general/`;
    return { ...redirect(general), cookies: await logIn(request, context, user) };
  },
);

/** `POST /api/instances/admins/sign-out/`. */
export const adminSignOut: Route = formRoute(
  "/api/instances/admins/sign-out/",
  async (_fields, request, context) => {
    await logOut(request, context);
    return redirect(`${baseUrl(request, context)}/god-mode`);
  },
);

/** Administrators of the instance. The list may be two hours old: an addition does not renew it. */
export const admins: Route = instanceRoute(LIST, "GET, POST, DELETE, HEAD, OPTIONS", {
  GET: async (_request, { database, cache }) =>
    json(
      200,
      await cached({ cache }, LIST, () =>
        all(
          database,
          `SELECT ${ADMIN} FROM instance_admins a JOIN users u ON u.id = a.user_id ORDER BY a.created_at DESC`,
        ),
      ),
    ),
  POST: async (request, { database, cache, user }) => {
    const { email, role = 20 } = data(request);
    if (!email) throw badRequest({ error: "Email is required" });
    const added = await one<{ id: string }>(database, "SELECT id FROM users WHERE email = $1", [email]);
    if (added === undefined) throw new Missing();
    const { id } = await insert<{ id: string }>(
      database,
      "instance_admins",
      {
        user_id: added.id,
        instance_id: (await one(database, "SELECT id FROM instances"))?.["id"],
        role,
        created_by: user.id,
      },
      "id",
    );
    await cache.delete("/api/instances/");
    const admin = await one(
      database,
      `SELECT ${ADMIN} FROM instance_admins a JOIN users u ON u.id = a.user_id WHERE a.id = $1`,
      [id],
    );
    return json(201, admin);
  },
});

/** The administrator who asks. */
export const adminMe: Route = instanceRoute("/api/instances/admins/me/", "GET, HEAD, OPTIONS", {
  GET: async (_request, { database, user }) =>
    json(200, await one(database, `SELECT ${ME} FROM users WHERE id = $1`, [user.id])),
});

function refuse(
  request: Request,
  context: Context,
  code: number,
  message: string,
  payload: Record<string, string | boolean> = {},
): Answer {
  const query = { error_code: code, error_message: message, ...payload };
  return redirect(`${baseUrl(request, context)}/god-mode/`, query);
}

/** What Django's BooleanField takes; everything else, `false` in lower case included, is an error. */
function django(value: string | boolean): boolean | undefined {
  if (value === true || TRUE.includes(String(value))) return true;
  return FALSE.includes(String(value)) ? false : undefined;
}

function serverError(): Answer {
  return {
    status: 500,
    headers: { "content-type": "text/html; charset=utf-8", vary: "Cookie, origin" },
    body: '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Server Error (500)</title>\n</head>\n<body>\n  <h1>Server Error (500)</h1><p></p>\n</body>\n</html>\n',
  };
}
