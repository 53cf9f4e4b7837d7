import { type Context, json, type Request, type Route } from "../exchange.ts";
import { countToken, tooMany } from "../throttle.ts";

interface User {
  id: string;
  first_name: string;
  last_name: string;
  email: string;
  avatar: string;
  avatar_url: null;
  display_name: string;
}

/** The account behind an API token. */
export const usersMe: Route = {
  path: /^\/api\/v1\/users\/me\/$/,
  allow: "GET",
  handlers: {
    GET: async (request, context) => {
      const token = request.headers["x-api-key"];
      if (typeof token !== "string") {
        const detail = "Authentication credentials were not provided.";
        return json(401, { detail }, { allow: "GET", vary: "origin" });
      }
      const user = await findOwner(token, context);
      if (user === undefined) {
        return json(403, { detail: "Given API token is not valid" }, { allow: "GET", vary: "origin" });
      }
      remember(request, user);
      const allowance = await countToken(token, context);
      if (!allowance.allowed) return tooMany(allowance, "GET");
      return json(200, user, {
        allow: "GET",
        "x-ratelimit-remaining": String(allowance.remaining),
        "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 60),
        vary: "Cookie, origin",
      });
    },
  },
};

function remember(request: Request, user: User): void {
  request.userId = user.id;
}

async function findOwner(token: string, { database }: Context): Promise<User | undefined> {
  const { rows } = await database.query<User>(
    `SELECT users.id, first_name, last_name, email, avatar, NULL AS avatar_url, display_name
     FROM api_tokens JOIN users ON users.id = user_id
     WHERE token = $1 AND api_tokens.is_active AND api_tokens.deleted_at IS NULL
       AND (expired_at IS NULL OR expired_at > now())`,
    [token],
  );
  return rows[0];
}
