import { one } from "../../../database.ts";
import { USER_LITE } from "../../../plane/users.ts";
import { json, type Route } from "../../exchange.ts";
import { anyone } from "../../permissions.ts";
import { keyRoute } from "../../views.ts";

/** The account behind an API token. */
export const tokenUser: Route = keyRoute("/api/v1/users/me/", "GET", anyone, {
  GET: async (_request, { database, user }) =>
    json(200, await one(database, `SELECT ${USER_LITE} FROM users WHERE id = $1`, [user.id])),
});
