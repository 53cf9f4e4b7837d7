import { z } from "zod";
import { setPaused } from "../../core/pause.ts";
import type { Office } from "./office.ts";
import type { PluginApi } from "./openclaw.ts";
import { answer, offerSigned } from "./signed.ts";

const Request = z.strictObject({
  /** Short name, or `all`. */
  agent: z.string(),
  paused: z.boolean(),
  /** When it was asked for. */
  at: z.iso.datetime(),
});

/** Somebody may have kept one: what is older than this is not done. */
const BELIEVED_MS = 5 * 60_000;

/**
 * `POST /plane-bridge/pause`: `/plane pause` and `/plane reprise` of Telegram (NOTIF-06). The answer says who is paused
 * now. The last request may come again; an older one than that is refused.
 */
export function offerPause(api: PluginApi, office: Office, refusals: () => string[]): void {
  let last = 0;
  offerSigned(api, office, "/plane-bridge/pause", refusals, (body, response) => {
    const request = readRequest(body);
    if (request === undefined)
      return answer(response, 400, {
        error: "a request is {agent, paused, at}, at an instant like 2026-11-25T08:00:00Z",
      });
    const { config, clock } = office.bridge;
    const names = [...config.agents.map(({ agentId }) => agentId), "all"];
    if (!names.includes(request.agent))
      return answer(response, 400, { error: `there is no agent ${request.agent}`, allowed: names });
    const at = Date.parse(request.at);
    if (Math.abs(clock.now() - at) > BELIEVED_MS || at < last)
      return answer(response, 409, { error: `it was asked for at ${request.at}: ask again` });
    last = at;
    answer(response, 200, { paused: setPaused(config, request.agent, request.paused) });
  });
}

function readRequest(body: Buffer): z.output<typeof Request> | undefined {
  try {
    return Request.parse(JSON.parse(body.toString("utf8")));
  } catch {
    return undefined;
  }
}
