import "./localhost.ts";
import { Unreachable } from "./errors.ts";

/** OPENCLAW-15: each request may take this long. Tests shorten it, once their Plane is brought up. */
const timeoutMs = () => Number(process.env.PLANE_OPS_TIMEOUT_MS ?? "30000");

export interface HttpRequest {
  method: string;
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as a form, as `/auth` wants it. */
  form?: Record<string, string>;
}

export interface HttpAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * One request, no retry, no redirect followed.
 * @throws Unreachable when no answer came.
 */
export async function send(url: string, request: HttpRequest): Promise<HttpAnswer> {
  const { method, path, query, headers, json, form } = request;
  const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
  try {
    const response = await fetch(`${url}${path}${search}`, {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs()),
      headers: {
        accept: "application/json",
        // Behind https Django wants to see that a form comes from its own site (contracts/plane).
        referer: `${url}/`,
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: form === undefined ? jsonBody(json) : new URLSearchParams(form),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (error) {
    const { reason, sent } = causeOf(error as Error);
    throw new Unreachable(`${method} ${url}${path}: no answer (${reason}); is Plane running and reachable?`, {
      maybeExecuted: sent,
    });
  }
}

function jsonBody(json: unknown): string | null {
  return json === undefined ? null : JSON.stringify(json);
}

/** Why a request found no answer, and whether it may have reached the server. */
function causeOf(error: Error): { reason: string; sent: boolean } {
  if (error.name === "TimeoutError") return { reason: `nothing within ${timeoutMs() / 1000} s`, sent: true };
  const { code, message } = (error.cause ?? error) as { code?: string; message: string };
  const neverSent = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"];
  return { reason: code ?? message, sent: !neverSent.includes(code ?? "") };
}
