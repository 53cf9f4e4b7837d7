import type { IncomingMessage, ServerResponse } from "node:http";
import { readSecretFile } from "../../core/identity.ts";
import { explain } from "../exit.ts";
import { isSigned, readEvent } from "./event.ts";
import type { Office } from "./office.ts";
import type { PluginApi } from "./openclaw.ts";

/** Longest body of an event: two ids take 110 bytes. */
const EVENT_BYTES = 4096;

/**
 * `/healthz`, for health checks, without authentication: what runs, or why it does not.
 * @param agents short names of the agents that are served at this moment.
 */
export function offerHealth(api: PluginApi, agents: () => string[], refusals: () => string[]): void {
  api.registerHttpRoute({
    path: "/healthz",
    handler: (_request, response) => {
      const reasons = refusals();
      const { version } = api;
      if (reasons.length === 0) answer(response, 200, { status: "ok", version, agents: agents() });
      else answer(response, 503, { status: "refused", version, reasons });
    },
  });
}

/** `/plane-bridge/metrics`, for Prometheus. */
export function offerMetrics(api: PluginApi, { bridge }: Office): void {
  api.registerHttpRoute({
    path: "/plane-bridge/metrics",
    handler: async (_request, response) => {
      const text = await bridge.metrics.text();
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
    },
  });
}

/** `POST /plane-bridge/events`: the relay says which work item changed, and Plane is read anew (OPENCLAW-16). */
export function offerEvents(api: PluginApi, office: Office, refusals: () => string[]): void {
  api.registerHttpRoute({
    path: "/plane-bridge/events",
    handler: async (request, response) => {
      const { eventsSecretFile } = office.bridge.config;
      if (eventsSecretFile === undefined) return answer(response, 404, { error: "no events are taken here" });
      if (request.method !== "POST") return answer(response, 405, { error: "events are posted" });
      const body = await bodyOf(request);
      if (body === undefined) {
        response.setHeader("connection", "close");
        return answer(response, 413, { error: `an event has at most ${EVENT_BYTES} bytes` });
      }
      let secret: string;
      try {
        secret = readSecretFile(eventsSecretFile, "secret of the relay's events");
      } catch (error) {
        office.bridge.log(explain(error).message);
        return answer(response, 503, { error: "events cannot be checked: see the gateway's log" });
      }
      if (!isSigned(body, request.headers["x-plane-bridge-signature"], secret)) {
        return answer(response, 401, { error: "the signature is wrong" });
      }
      if (refusals().length > 0) return answer(response, 503, { error: "see /healthz" });
      const event = readEvent(body);
      if (event === undefined) {
        return answer(response, 400, { error: "an event is {work_item, project}, both ids" });
      }
      answer(response, 202, { status: "accepted" });
      await office.event(event.project, event.work_item);
    },
  });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

/** The raw body; undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // What is too long is left unread, and the connection stays for the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > EVENT_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
