import { accessDenied, S3Error } from "./errors.ts";
import { type Credentials, sameSignature, signText } from "./sigv4.ts";

/** A multipart form as a browser's upload sends it: the fields before the file, and the file's size. */
export interface UploadForm {
  fields: Map<string, string>;
  fileSize: number;
}

/** Reads the fields of a multipart body up to its file. Field names are lower-cased, as S3 compares them. */
export function readForm(body: Buffer, contentType: string): UploadForm {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new S3Error(400, "MalformedPOSTRequest", "The body has no boundary.");
  const delimiter = Buffer.from(`--${boundary}`);
  const fields = new Map<string, string>();
  let at = body.indexOf(delimiter);
  while (at !== -1) {
    const headersAt = at + delimiter.length + 2;
    const headersEnd = body.indexOf("\r\n\r\n", headersAt);
    const next = body.indexOf(`\r\n--${boundary}`, headersAt);
    if (headersEnd === -1 || next === -1) break;
    const headers = body.toString("utf8", headersAt, headersEnd);
    const name = /name="([^"]*)"/i.exec(headers)?.[1]?.toLowerCase() ?? "";
    if (name === "file") {
      return { fields, fileSize: next - headersEnd - 4 };
    }
    fields.set(name, body.toString("utf8", headersEnd + 4, next));
    at = next + 2;
  }
  throw new S3Error(400, "InvalidArgument", "The upload form has no field `file`.");
}

type Condition = Record<string, string> | [string, string | number, string | number];

/**
 * Holds an upload against its signed policy: signature, expiry and every condition.
 *
 * @throws S3Error as MinIO answers: AccessDenied, SignatureDoesNotMatch, EntityTooLarge.
 */
export function checkPolicy(form: UploadForm, bucket: string, root: Credentials, now = Date.now()): void {
  const policy = form.fields.get("policy");
  const [accessKeyId, ...scope] = (form.fields.get("x-amz-credential") ?? "").split("/");
  if (policy === undefined || accessKeyId === undefined) throw accessDenied();
  if (accessKeyId !== root.accessKeyId) {
    throw new S3Error(
      403,
      "InvalidAccessKeyId",
      "The Access Key Id you provided does not exist in our records.",
    );
  }
  const expected = signText(root.secretAccessKey, scope.join("/"), policy);
  if (!sameSignature(expected, form.fields.get("x-amz-signature") ?? "")) {
    throw new S3Error(403, "SignatureDoesNotMatch", "The policy's signature does not match.");
  }
  const { expiration, conditions }: { expiration: string; conditions: Condition[] } = JSON.parse(
    Buffer.from(policy, "base64").toString("utf8"),
  );
  if (!(now < Date.parse(expiration))) throw accessDenied("Invalid according to Policy: Policy expired.");
  for (const condition of conditions) check(condition, form, bucket);
}

function check(condition: Condition, form: UploadForm, bucket: string): void {
  if (!Array.isArray(condition)) {
    for (const [name, value] of Object.entries(condition)) equal(name, value, form, bucket);
    return;
  }
  const [kind, name, value] = condition;
  if (kind === "content-length-range") {
    if (form.fileSize > Number(value)) {
      throw new S3Error(
        400,
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed object size.",
      );
    }
    if (form.fileSize < Number(name)) {
      throw new S3Error(
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size.",
      );
    }
  } else if (kind === "starts-with") {
    if (!field(String(name).slice(1), form, bucket).startsWith(String(value))) throw failed(condition);
  } else if (kind === "eq") {
    equal(String(name).slice(1), String(value), form, bucket);
  } else {
    throw failed(condition);
  }
}

function field(name: string, form: UploadForm, bucket: string): string {
  return name.toLowerCase() === "bucket" ? bucket : (form.fields.get(name.toLowerCase()) ?? "");
}

function equal(name: string, value: string, form: UploadForm, bucket: string): void {
  const found = field(name, form, bucket);
  if (found !== value) throw failed(["eq", `$${name}`, value]);
}

function failed(condition: Condition): S3Error {
  return accessDenied(`Invalid according to Policy: Policy Condition failed: ${JSON.stringify(condition)}`);
}
