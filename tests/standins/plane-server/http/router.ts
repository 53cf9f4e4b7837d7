import { type Answer, type Context, json, plainJson, type Request, type Route } from "./exchange.ts";
import { health } from "./routes/health.ts";
import { instances } from "./routes/instances.ts";
import { usersMe } from "./routes/users-me.ts";

const ROUTES: Route[] = [health, instances, usersMe];

/** Finds and runs the route; unknown paths, methods and missing slashes as Plane answers them. */
export async function answer(request: Request, context: Context): Promise<Answer> {
  if (!isAllowedHost(request.headers.host ?? "", context.settings.allowedHosts)) {
    return {
      status: 400,
      headers: { "content-type": "text/html; charset=utf-8" },
      body: "<h1>Bad Request (400)</h1>",
    };
  }
  const route = find(request.path);
  if (route === undefined) {
    if (find(`${request.path}/`) !== undefined) {
      return {
        status: 301,
        headers: {
          "content-type": "text/html; charset=utf-8",
          location: `${request.path}/`,
          vary: "Cookie, origin",
        },
      };
    }
    return plainJson(404, { error: "Page not found." });
  }
  const handler =
    route.handlers[request.method] ?? (request.method === "HEAD" ? route.handlers["GET"] : undefined);
  if (handler === undefined) {
    const detail = `Method "${request.method}" not allowed.`;
    return json(405, { detail }, { allow: route.allow, vary: "Cookie, origin" });
  }
  return handler(request, context);
}

function find(path: string): Route | undefined {
  return ROUTES.find((route) => route.path.test(path));
}

/** Django's ALLOWED_HOSTS: `*`, a name, or `.name` for it and all below it; ports do not matter. */
function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  return allowed
    .map((pattern) => pattern.trim().toLowerCase())
    .some((p) => p === "*" || p === name || (p.startsWith(".") && (name.endsWith(p) || name === p.slice(1))));
}
