import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** A key pair of an S3 store. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A request as far as AWS signature version 4 looks at it. */
export interface SignedParts {
  method: string;
  /** The path as it stands on the wire, percent-encoded. */
  path: string;
  query: [string, string][];
  headers: Record<string, string>;
  /** Hex SHA-256 of the body, or `UNSIGNED-PAYLOAD`. */
  payloadHash: string;
}

export const UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** Percent-encoding as signatures want it: all but letters, digits and `-._~`. */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The signature of `text` under a scope `<date>/<region>/<service>/aws4_request`. */
export function signText(secretAccessKey: string, scope: string, text: string): string {
  let key: string | Buffer = `AWS4${secretAccessKey}`;
  for (const part of scope.split("/")) key = hmac(key, part);
  return hmac(key, text).toString("hex");
}

/** The signature of a request. */
export function signRequest(
  parts: SignedParts,
  signedHeaders: readonly string[],
  time: string,
  scope: string,
  secretAccessKey: string,
): string {
  const query = parts.query
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const headers = signedHeaders.map(
    (name) => `${name}:${(parts.headers[name] ?? "").trim().replace(/ +/g, " ")}\n`,
  );
  const canonical = [
    parts.method,
    parts.path,
    query,
    headers.join(""),
    signedHeaders.join(";"),
    parts.payloadHash,
  ].join("\n");
  return signText(secretAccessKey, scope, ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n"));
}

/** Compares two hex signatures without telling by its duration where they differ. */
export function sameSignature(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

/** Sends one signed request to an S3 store. */
export async function s3Request(
  endpoint: string,
  credentials: Credentials,
  method: string,
  path: string,
  options: { query?: [string, string][]; body?: string | Buffer; region?: string } = {},
): Promise<Response> {
  const { query = [], body, region = "us-east-1" } = options;
  const url = new URL(path, endpoint);
  for (const [name, value] of query) url.searchParams.append(name, value);
  const time = amzDate(new Date());
  const scope = scopeOf(time, region);
  const payloadHash = sha256(body ?? "");
  const headers: Record<string, string> = {
    host: url.host,
    "x-amz-content-sha256": payloadHash,
    "x-amz-date": time,
  };
  const signed = Object.keys(headers).sort();
  const signature = signRequest(
    { method, path: url.pathname, query, headers, payloadHash },
    signed,
    time,
    scope,
    credentials.secretAccessKey,
  );
  const { host: _, ...sent } = headers;
  return fetch(url, {
    method,
    headers: {
      ...sent,
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed.join(";")}, Signature=${signature}`,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
  });
}

/** A link that holds its signature in the query, as S3 clients presign a GET. */
export function presignedUrl(
  endpoint: string,
  credentials: Credentials,
  path: string,
  expiresSeconds: number,
  now = new Date(),
  options: { query?: [string, string][]; region?: string } = {},
): string {
  const url = new URL(path, endpoint);
  const time = amzDate(now);
  const scope = scopeOf(time, options.region ?? "us-east-1");
  const query: [string, string][] = [
    ...(options.query ?? []),
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${scope}`],
    ["X-Amz-Date", time],
    ["X-Amz-Expires", String(expiresSeconds)],
    ["X-Amz-SignedHeaders", "host"],
  ];
  const signature = signRequest(
    { method: "GET", path: url.pathname, query, headers: { host: url.host }, payloadHash: UNSIGNED_PAYLOAD },
    ["host"],
    time,
    scope,
    credentials.secretAccessKey,
  );
  const all: [string, string][] = [...query, ["X-Amz-Signature", signature]];
  return `${url.origin}${url.pathname}?${all.map((pair) => pair.map(encode).join("=")).join("&")}`;
}

/** The fields of a form that may upload one object of one size and type, as S3 clients presign a POST. */
export function presignedPost(
  credentials: Credentials,
  upload: { bucket: string; key: string; type: string; maxBytes: number },
  expiresSeconds: number,
  region = "us-east-1",
  now = new Date(),
): Record<string, string> {
  const time = amzDate(now);
  const scope = scopeOf(time, region);
  const file = { "Content-Type": upload.type, key: upload.key };
  const signing = {
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${credentials.accessKeyId}/${scope}`,
    "x-amz-date": time,
  };
  const expiration = new Date(now.getTime() + expiresSeconds * 1000).toISOString().replace(/\.\d+/, "");
  const conditions = [
    { bucket: upload.bucket },
    ["content-length-range", 1, upload.maxBytes],
    ...Object.entries({ ...file, ...signing }).map(([name, value]) => ({ [name]: value })),
  ];
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString("base64");
  return {
    ...file,
    ...signing,
    policy,
    "x-amz-signature": signText(credentials.secretAccessKey, scope, policy),
  };
}

function amzDate(now: Date): string {
  return now.toISOString().replace(/[-:]|\.\d+/g, "");
}

function scopeOf(time: string, region: string): string {
  return `${time.slice(0, 8)}/${region}/s3/aws4_request`;
}
