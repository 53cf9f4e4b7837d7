import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { openPool } from "../database.ts";
import { logJson, say } from "../log.ts";
import { Broker } from "../redis/broker.ts";
import { Cache } from "../redis/cache.ts";
import { openRedis } from "../redis/connection.ts";
import { BootError, loadSettings } from "../settings.ts";
import { Control } from "./control.ts";
import { type Answer, type Context, json, type Request } from "./exchange.ts";
import { answer } from "./router.ts";
import { inTimezone } from "./timezone.ts";

/** Django's GZipMiddleware leaves shorter bodies alone. */
const GZIP_FROM = 200;

/** `gunicorn ... --bind 0.0.0.0:8000`: serves until SIGTERM. */
export async function serve(args: string[]): Promise<number> {
  const bind = args[args.indexOf("--bind") + 1] ?? "";
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(bind) ?? [];
  if (!args.includes("--bind") || !(Number(port) > 0))
    throw new BootError("the stand-in's gunicorn needs --bind host:port");
  const settings = loadSettings();
  const redis = await openRedis(settings.redisUrl);
  const tasks = await openRedis(settings.brokerUrl);
  const database = openPool(settings.databaseUrl);
  const context: Context = {
    settings,
    database,
    cache: new Cache(redis, settings.overlay),
    broker: new Broker(tasks, settings.overlay.brokerPrefix),
  };
  const control = settings.standin.control ? new Control(context) : undefined;

  const server = createServer((incoming, response) => {
    const started = performance.now();
    read(incoming)
      .then(async (request) => {
        const run = (): Promise<Answer> => respond(request, context);
        const result = await (control === undefined ? run() : control.around(request, run));
        if (result === "reset") incoming.socket.destroy();
        else send(request, response, result);
        const status = result === "reset" ? 0 : result.status;
        if (request.path !== "/") logRequest(request, status, performance.now() - started);
      })
      .catch((error: Error) => {
        logJson("plane.exception", "ERROR", error.message);
        incoming.socket.destroy();
      });
  });
  server.listen(Number(port), host, () => say(`[1] [INFO] Listening at: http://${bind} (1)`));
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  say("[1] [INFO] Handling signal: term");
  server.close();
  server.closeIdleConnections();
  redis.disconnect();
  tasks.disconnect();
  await database.end();
  return 0;
}

async function respond(request: Request, context: Context): Promise<Answer> {
  if (request.body.length > context.settings.fileSizeLimit) {
    const detail = "The size of the request body exceeds the maximum allowed size.";
    return json(413, { error: "REQUEST_BODY_TOO_LARGE", detail }, { vary: "" });
  }
  try {
    return await answer(request, context);
  } catch (error) {
    logJson("plane.exception", "ERROR", (error as Error).stack ?? String(error));
    return json(500, { error: "Something went wrong please try again later" });
  }
}

async function read(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const forwarded = String(incoming.headers["x-forwarded-for"] ?? "")
    .split(",")[0]
    ?.trim();
  const [path = "/", query = ""] = (incoming.url ?? "/").split("?", 2);
  return {
    method: incoming.method ?? "GET",
    path: decodeURI(path),
    query: new URLSearchParams(query),
    headers: incoming.headers,
    cookies: cookiesOf(incoming.headers.cookie ?? ""),
    body: Buffer.concat(chunks),
    params: {},
    address: forwarded || (incoming.socket.remoteAddress ?? ""),
    secure: incoming.headers["x-forwarded-proto"] === "https",
    timezone: "UTC",
    staleCookies: [],
  };
}

function cookiesOf(header: string): Map<string, string> {
  const pairs = header.split(";").map((pair) => pair.trim().split("=", 2) as [string, string]);
  return new Map(pairs.filter(([name]) => name !== ""));
}

function send(request: Request, response: ServerResponse, result: Answer): void {
  const { status, headers = {} } = result;
  const text = request.timezone === "UTC" ? result.body : inTimezone(result.body ?? "", request.timezone);
  let body = Buffer.from(text ?? "");
  const long = body.length >= GZIP_FROM;
  const cookies = [
    ...(result.cookies ?? []),
    ...request.staleCookies.map(
      (name) => `${name}=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax`,
    ),
  ];
  const all: Record<string, string | string[]> = { ...headers };
  all["vary"] = headers["vary"] ?? "Cookie, origin";
  if (long && all["vary"].includes("Cookie") && !all["vary"].includes("Accept-Encoding")) {
    all["vary"] = `Accept-Encoding, ${all["vary"]}`;
  }
  if (all["vary"] === "") delete all["vary"];
  if (cookies.length > 0) all["set-cookie"] = cookies;
  if (long && String(request.headers["accept-encoding"] ?? "").includes("gzip")) {
    body = gzipSync(body, { level: 1 });
    all["content-encoding"] = "gzip";
  }
  response.writeHead(status, { ...all, "content-length": String(body.length) });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** The line that requests per second and P95 are taken from. No headers, no query: both can hold secrets. */
function logRequest(request: Request, status: number, ms: number): void {
  logJson("plane.api.request", "INFO", `${request.method} ${request.path} ${status}`, {
    path: request.path,
    method: request.method,
    status_code: status,
    duration_ms: Math.round(ms),
    remote_addr: request.address,
    user_agent: request.headers["user-agent"] ?? "",
    user_id: request.userId ?? null,
  });
}
