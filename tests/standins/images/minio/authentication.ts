import type { IncomingMessage } from "node:http";
import { accessDenied, S3Error } from "./errors.ts";
import { type Credentials, sameSignature, signRequest, UNSIGNED_PAYLOAD } from "./sigv4.ts";

const MAX_SKEW_MS = 15 * 60 * 1000;

interface Claim {
  accessKeyId: string;
  scope: string;
  time: string;
  signedHeaders: string[];
  signature: string;
  payloadHash: string;
  query: [string, string][];
}

/**
 * Lets a request pass only with a valid version 4 signature of the root user, in the Authorization header or
 * in the query. Every bucket is private.
 *
 * @throws S3Error as MinIO answers: AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed.
 */
export function authenticate(request: IncomingMessage, root: Credentials, now = Date.now()): void {
  const url = new URL(request.url ?? "/", "http://store");
  const query = [...url.searchParams.entries()];
  const claim = url.searchParams.has("X-Amz-Signature")
    ? fromQuery(query, now)
    : fromHeader(request, query, now);
  if (claim.accessKeyId !== root.accessKeyId) {
    throw new S3Error(
      403,
      "InvalidAccessKeyId",
      "The Access Key Id you provided does not exist in our records.",
    );
  }
  const headers = Object.fromEntries(
    claim.signedHeaders.map((name) => [name, String(request.headers[name] ?? "")]),
  );
  const expected = signRequest(
    {
      method: request.method ?? "GET",
      path: (request.url ?? "/").split("?")[0] ?? "/",
      query: claim.query,
      headers,
      payloadHash: claim.payloadHash,
    },
    claim.signedHeaders,
    claim.time,
    claim.scope,
    root.secretAccessKey,
  );
  if (!sameSignature(expected, claim.signature)) {
    throw new S3Error(
      403,
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
  }
}

function fromHeader(request: IncomingMessage, query: [string, string][], now: number): Claim {
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^/,]+)\/([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/.exec(
      request.headers.authorization ?? "",
    );
  if (match === null) throw accessDenied();
  const [, accessKeyId = "", scope = "", signedHeaders = "", signature = ""] = match;
  const time = String(request.headers["x-amz-date"] ?? "");
  if (!(Math.abs(now - parseTime(time)) <= MAX_SKEW_MS)) {
    throw new S3Error(
      403,
      "RequestTimeTooSkewed",
      "The difference between the request time and the server's time is too large.",
    );
  }
  const payloadHash = String(request.headers["x-amz-content-sha256"] ?? UNSIGNED_PAYLOAD);
  return { accessKeyId, scope, time, signedHeaders: signedHeaders.split(";"), signature, payloadHash, query };
}

function fromQuery(query: [string, string][], now: number): Claim {
  const values = new Map(query);
  const [accessKeyId = "", ...scope] = (values.get("X-Amz-Credential") ?? "").split("/");
  const time = values.get("X-Amz-Date") ?? "";
  const expires = Number(values.get("X-Amz-Expires")) * 1000;
  if (!(now <= parseTime(time) + expires)) throw accessDenied("Request has expired");
  return {
    accessKeyId,
    scope: scope.join("/"),
    time,
    signedHeaders: (values.get("X-Amz-SignedHeaders") ?? "").split(";"),
    signature: values.get("X-Amz-Signature") ?? "",
    payloadHash: UNSIGNED_PAYLOAD,
    query: query.filter(([name]) => name !== "X-Amz-Signature"),
  };
}

/** `20260101T000000Z` in milliseconds; NaN when malformed. */
export function parseTime(time: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
  if (match === null) return Number.NaN;
  const [, y, mo, d, h, mi, s] = match;
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}
