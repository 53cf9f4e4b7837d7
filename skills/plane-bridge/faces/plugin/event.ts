import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

/** Ids and nothing else: no text of a webhook's becomes a prompt. */
const Event = z.strictObject({ work_item: z.guid(), project: z.guid() });

/** What the relay tells of a change in Plane; undefined for anything else. */
export function readEvent(body: Buffer): z.output<typeof Event> | undefined {
  try {
    return Event.parse(JSON.parse(body.toString("utf8")));
  } catch {
    return undefined;
  }
}

/** Whether a body is the relay's own: HMAC-SHA256 of the raw bytes, as hex. */
export function isSigned(body: Buffer, signature: string | string[] | undefined, secret: string): boolean {
  const expected = createHmac("sha256", secret).update(body).digest();
  const given = Buffer.from(typeof signature === "string" ? signature : "", "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
