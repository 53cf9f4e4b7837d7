import { one } from "../../../database.ts";
import { checkPassword, isStrong } from "../../../plane/passwords.ts";
import { createUser } from "../../../plane/users.ts";
import type { Answer, Context, Request, Route } from "../../exchange.ts";
import { configured } from "../../instance.ts";
import { logIn, logOut, type User } from "../../sessions.ts";
import { baseUrl, formRoute, redirect } from "../../views.ts";

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** True for what Django's validator takes as an address. */
export function isEmail(text: unknown): boolean {
  return EMAIL.test(String(text));
}

type Refusal = [code: number, message: string, payload?: Record<string, string | boolean>];

/** `POST /auth/sign-in/`. */
export const signIn: Route = formRoute("/auth/sign-in/", async (fields, request, context) => {
  const email = fields.get("email") ?? false;
  const password = fields.get("password") ?? false;
  if (!(await isSetUp(context))) return refuse(request, context, [5000, "INSTANCE_NOT_CONFIGURED"]);
  if (!email || !password) {
    return refuse(request, context, [5070, "REQUIRED_EMAIL_PASSWORD_SIGN_IN", { email }]);
  }
  const address = email.trim().toLowerCase();
  if (!isEmail(address)) return refuse(request, context, [5075, "INVALID_EMAIL_SIGN_IN", { email: address }]);
  const user = await byEmail(address, context);
  if (user === undefined) return refuse(request, context, [5060, "USER_DOES_NOT_EXIST", { email: address }]);
  if (!checkPassword(password, user.password)) {
    return refuse(request, context, [5065, "AUTHENTICATION_FAILED_SIGN_IN", { email: address }]);
  }
  return welcome(request, context, user);
});

/** `POST /auth/sign-up/`: closed by ENABLE_SIGNUP=0, except for the invited. */
export const signUp: Route = formRoute("/auth/sign-up/", async (fields, request, context) => {
  const email = fields.get("email") ?? false;
  const password = fields.get("password") ?? false;
  if (!(await isSetUp(context))) return refuse(request, context, [5000, "INSTANCE_NOT_CONFIGURED"]);
  if (!email || !password) {
    return refuse(request, context, [5040, "REQUIRED_EMAIL_PASSWORD_SIGN_UP", { email }]);
  }
  const address = email.trim().toLowerCase();
  if (!isEmail(address)) return refuse(request, context, [5045, "INVALID_EMAIL_SIGN_UP", { email: address }]);
  if ((await byEmail(address, context)) !== undefined) {
    return refuse(request, context, [5030, "USER_ALREADY_EXIST", { email: address }]);
  }
  const { database } = context;
  const invited = await one(
    database,
    "SELECT id FROM workspace_member_invites WHERE email = $1 AND deleted_at IS NULL",
    [address],
  );
  if (invited === undefined && (await configured(database, "ENABLE_SIGNUP")) === "0") {
    return refuse(request, context, [5015, "SIGNUP_DISABLED", { email: address }]);
  }
  if (!isStrong(password)) return refuse(request, context, [5021, "PASSWORD_TOO_WEAK", { email: address }]);
  const user = await createUser(database, { email: address, password });
  // Invitations that were answered before there was an account take effect now.
  await database.query(
    `WITH joined AS (
       UPDATE workspace_member_invites SET deleted_at = clock_timestamp()
       WHERE email = $1 AND accepted AND deleted_at IS NULL RETURNING workspace_id, role)
     INSERT INTO workspace_members (workspace_id, member_id, role)
     SELECT workspace_id, $2, role FROM joined ON CONFLICT DO NOTHING`,
    [address, user.id],
  );
  return welcome(request, context, user);
});

/** `POST /auth/sign-out/`. */
export const signOut: Route = formRoute("/auth/sign-out/", async (_fields, request, context) => {
  await logOut(request, context);
  return redirect(baseUrl(request, context));
});

/** The account with this address. */
export function byEmail(email: string, { database }: Context): Promise<User | undefined> {
  return one<User>(database, "SELECT * FROM users WHERE email = $1", [email]);
}

async function isSetUp({ database }: Context): Promise<boolean> {
  return (await one(database, "SELECT id FROM instances WHERE is_setup_done")) !== undefined;
}

async function welcome(request: Request, context: Context, user: User): Promise<Answer> {
  return { ...redirect(baseUrl(request, context)), cookies: await logIn(request, context, user) };
}

function refuse(request: Request, context: Context, [code, message, payload = {}]: Refusal): Answer {
  const query = { error_code: code, error_message: message, ...payload };
  return redirect(`${baseUrl(request, context)}/`, query);
}
