import "../../plane/localhost.ts";
import { setTimeout as sleep } from "node:timers/promises";
import pRetry from "p-retry";

/** Something about n8n that a person has to know; told as its message alone, so it carries no stack. */
export class N8nError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
    // Pulumi prints the stack of what a dynamic provider throws; this error is for a person.
    this.stack = "";
  }
}

/** No answer of n8n's came, or one that says "later". Worth another try. */
export class N8nUnreachable extends N8nError {
  /** Seconds that it asked to wait. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter = 0) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** n8n understood and said no. */
export class N8nRefused extends N8nError {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export interface N8nRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: object;
}

const TIMEOUT_MS = 60_000;
/** Tests shorten the waits; a factor on all of them. */
const SCALE = Number(process.env["PLANE_OPS_RETRY_SCALE"] ?? "1");

/**
 * One request, no retry.
 * @throws N8nUnreachable without an answer, for 429 and for 5xx of a proxy or of n8n; N8nRefused for other refusals.
 */
export async function sendOnce(url: string, { method, path, headers, body }: N8nRequest): Promise<Response> {
  const what = `${method} ${url}${path.split("?")[0]}`;
  const answer = await fetch(`${url}${path}`, {
    method,
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept: "application/json", ...(body && { "content-type": "application/json" }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  }).catch((error: Error) => {
    const { code, message } = (error.cause ?? error) as { code?: string; message: string };
    throw new N8nUnreachable(`${what}: no answer (${code ?? message}); is n8n running and reachable?`);
  });
  if (answer.ok) return answer;
  const said = messageIn(await answer.text());
  if (answer.status === 429 || answer.status >= 500) {
    const wait = Number(answer.headers.get("retry-after") ?? "0");
    throw new N8nUnreachable(`${what}: ${answer.status} ${said}`, Number.isFinite(wait) ? wait : 0);
  }
  throw new N8nRefused(`${what}: ${answer.status} ${said}`, answer.status);
}

/** A request that may be made twice; a proxy says 502 while n8n starts. */
export function send(url: string, request: N8nRequest): Promise<Response> {
  return persistently(() => sendOnce(url, request));
}

/** Repeats what found no answer, after 1 s, 5 s and 15 s. */
export function persistently<T>(work: () => Promise<T>): Promise<T> {
  return pRetry(work, {
    retries: 3,
    factor: 5,
    minTimeout: 1000 * SCALE,
    maxTimeout: 15_000 * SCALE,
    shouldRetry: ({ error }) => error instanceof N8nUnreachable,
    onFailedAttempt: async ({ error, retriesLeft }) => {
      if (error instanceof N8nUnreachable && retriesLeft > 0) await sleep(error.retryAfter * 1000 * SCALE);
    },
  });
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message;
  } catch {
    // A proxy's page.
  }
  return text.replaceAll(/\s+/g, " ").slice(0, 200);
}
