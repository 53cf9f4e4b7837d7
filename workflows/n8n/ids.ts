import { createHash } from "node:crypto";

/** An id that is the same at each rendering, in the shape of a UUID of version 8 (RFC 9562: one's own making). */
export function idFor(...names: string[]): string {
  const hex = createHash("sha256").update(JSON.stringify(names)).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
