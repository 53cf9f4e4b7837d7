import { createServer, type IncomingMessage } from "node:http";
import { openPool } from "../database.ts";
import { logJson, say } from "../log.ts";
import { Cache } from "../redis/cache.ts";
import { openRedis } from "../redis/connection.ts";
import { BootError, loadSettings } from "../settings.ts";
import { type Answer, type Context, json, type Request } from "./exchange.ts";
import { answer } from "./router.ts";

/** `gunicorn ... --bind 0.0.0.0:8000`: serves until SIGTERM. */
export async function serve(args: string[]): Promise<number> {
  const bind = args[args.indexOf("--bind") + 1] ?? "";
  const port = Number(/:(\d+)$/.exec(bind)?.[1]);
  if (!args.includes("--bind") || !(port > 0))
    throw new BootError("the stand-in's gunicorn needs --bind host:port");
  const settings = loadSettings();
  const redis = await openRedis(settings.redisUrl);
  const database = openPool(settings.databaseUrl);
  const context: Context = { settings, database, cache: new Cache(redis, settings.overlay) };

  const server = createServer((incoming, response) => {
    const started = performance.now();
    const request = read(incoming);
    incoming.resume();
    answer(request, context)
      .catch((error: Error): Answer => {
        logJson("plane.exception", "ERROR", error.message);
        return json(500, { error: "Something went wrong please try again later" });
      })
      .then(({ status, headers = {}, body = "" }) => {
        response.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(body)) });
        response.end(request.method === "HEAD" ? undefined : body);
        if (request.path !== "/") logRequest(request, incoming, status, performance.now() - started);
      });
  });
  server.listen(port, "0.0.0.0", () => say(`[1] [INFO] Listening at: http://0.0.0.0:${port} (1)`));
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  say("[1] [INFO] Handling signal: term");
  server.close();
  server.closeIdleConnections();
  redis.disconnect();
  await database.end();
  return 0;
}

function read(incoming: IncomingMessage): Request {
  const forwarded = String(incoming.headers["x-forwarded-for"] ?? "")
    .split(",")[0]
    ?.trim();
  return {
    method: incoming.method ?? "GET",
    path: new URL(incoming.url ?? "/", "http://api").pathname,
    headers: incoming.headers,
    address: forwarded || (incoming.socket.remoteAddress ?? ""),
  };
}

/** The line that requests per second and P95 are taken from. No headers, no query: both can hold secrets. */
function logRequest(request: Request, incoming: IncomingMessage, status: number, ms: number): void {
  logJson("plane.api.request", "INFO", `${request.method} ${request.path} ${status}`, {
    path: request.path,
    method: request.method,
    status_code: status,
    duration_ms: Math.round(ms),
    remote_addr: request.address,
    user_agent: incoming.headers["user-agent"] ?? "",
    user_id: request.userId ?? null,
  });
}
