import { one, update } from "../../../database.ts";
import { checkPassword, hashPassword, isStrong } from "../../../plane/passwords.ts";
import { data } from "../../body.ts";
import { forgery, mask, newSecret } from "../../csrf.ts";
import { json, type Route } from "../../exchange.ts";
import { badRequest, Failure } from "../../failure.ts";
import { CSRF_SECONDS, cookie, logIn, sessionUser, type User } from "../../sessions.ts";
import { countAnonymous, tooMany } from "../../throttle.ts";
import { openRoute, sessionRoute } from "../../views.ts";
import { byEmail } from "./forms.ts";

/** A CSRF token, with the cookie that belongs to it. */
export const csrfToken: Route = openRoute("/auth/get-csrf-token/", "GET, HEAD, OPTIONS", {
  GET: async (request, context) => {
    if ((await sessionUser(request, context)) === undefined) {
      const allowance = await countAnonymous(request, context);
      if (!allowance.allowed) return tooMany(allowance);
    }
    const secret = request.cookies.get("csrftoken")?.slice(-32) ?? newSecret();
    return {
      ...json(200, { csrf_token: mask(secret) }),
      cookies: [cookie("csrftoken", secret, CSRF_SECONDS, context)],
    };
  },
});

/** How an address may sign in. */
export const emailCheck: Route = openRoute("/auth/email-check/", "POST, OPTIONS", {
  POST: async (request, context) => {
    const user = await byEmail(String(data(request)["email"]).trim().toLowerCase(), context);
    return json(200, { existing: user !== undefined, status: "CREDENTIAL" });
  },
});

/** A new password: every other session of the account ends. */
export const changePassword: Route = sessionRoute("/auth/change-password/", "POST, OPTIONS", {
  POST: async (request, call) => {
    const forged = forgery(request, call);
    if (forged !== undefined) throw new Failure(403, { detail: `CSRF Failed: ${forged}` });
    const { old_password: old, new_password: wanted } = data(request);
    if (!old) {
      throw badRequest({
        error_code: 5138,
        error_message: "MISSING_PASSWORD",
        error: "Old password is missing",
      });
    }
    if (!wanted) {
      throw badRequest({
        error_code: 5138,
        error_message: "MISSING_PASSWORD",
        error: "New password is missing",
      });
    }
    if (!checkPassword(String(old), call.user.password)) {
      const error = "Old password is not correct";
      throw badRequest({ error_code: 5135, error_message: "INCORRECT_OLD_PASSWORD", error });
    }
    if (!isStrong(String(wanted))) {
      const error = "Password is too weak.";
      throw badRequest({ error_code: 5140, error_message: "INVALID_NEW_PASSWORD", error });
    }
    await update(call.database, "users", call.user.id, { password: hashPassword(String(wanted)) }, "id");
    const user = (await one<User>(call.database, "SELECT * FROM users WHERE id = $1", [
      call.user.id,
    ])) as User;
    return {
      ...json(200, { message: "Password updated successfully" }),
      cookies: await logIn(request, call, user),
    };
  },
});
