import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readSecretFile } from "../../core/identity.ts";
import { explain } from "../exit.ts";
import type { Office } from "./office.ts";
import type { PluginApi } from "./openclaw.ts";

/** Longest body: the longest that is meant takes 110 bytes. */
const LONGEST = 4096;

/**
 * A route for what n8n signs: whatever is not a POST of its own, signed with the secret of the events, is answered
 * here.
 * @param refusals why nothing is done at this moment.
 * @param take does what the body asks for, and answers.
 */
export function offerSigned(
  api: PluginApi,
  office: Office,
  path: string,
  refusals: () => string[],
  take: (body: Buffer, response: ServerResponse) => void | Promise<void>,
): void {
  api.registerHttpRoute({
    path,
    handler: async (request, response) => {
      const { eventsSecretFile } = office.bridge.config;
      if (eventsSecretFile === undefined) return answer(response, 404, { error: "nothing is taken here" });
      if (request.method !== "POST") return answer(response, 405, { error: "it is to be posted" });
      const body = await bodyOf(request);
      if (body === undefined) {
        response.setHeader("connection", "close");
        return answer(response, 413, { error: `a body has at most ${LONGEST} bytes` });
      }
      let secret: string;
      try {
        secret = readSecretFile(eventsSecretFile, "secret of the relay's events");
      } catch (error) {
        office.bridge.log(explain(error).message);
        return answer(response, 503, { error: "the signature cannot be checked: see the gateway's log" });
      }
      if (!isSigned(body, request.headers["x-plane-bridge-signature"], secret)) {
        return answer(response, 401, { error: "the signature is wrong" });
      }
      if (refusals().length > 0) return answer(response, 503, { error: "see /healthz" });
      await take(body, response);
    },
  });
}

export function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
}

/** Whether a body is the relay's own: HMAC-SHA256 of the raw bytes, as hex. */
function isSigned(body: Buffer, signature: string | string[] | undefined, secret: string): boolean {
  const expected = createHmac("sha256", secret).update(body).digest();
  const given = Buffer.from(typeof signature === "string" ? signature : "", "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** The raw body; undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // What is too long is left unread, and the connection stays for the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LONGEST) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
