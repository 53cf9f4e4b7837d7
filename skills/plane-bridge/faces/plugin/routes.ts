import type { Office } from "./office.ts";
import type { PluginApi } from "./openclaw.ts";
import { answer } from "./signed.ts";

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
