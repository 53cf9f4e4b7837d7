import type { Request } from "./exchange.ts";
import { badRequest, Failure } from "./failure.ts";

export type Body = Record<string, unknown>;

/** What Django REST framework makes of a body: JSON, or a form; an absent body is an empty object. */
export function data(request: Request): Body {
  if (request.body.length === 0) return {};
  const type = mediaType(request);
  if (type === "application/json") return parseJson(request.body.toString("utf8"));
  if (isForm(type)) return Object.fromEntries(form(request));
  throw new Failure(415, { detail: `Unsupported media type "${type}" in request.` });
}

/** Django's `request.POST`: the fields of a form, nothing for any other body. */
export function form(request: Request): Map<string, string> {
  const type = mediaType(request);
  if (type === "application/x-www-form-urlencoded") {
    return new Map(new URLSearchParams(request.body.toString("utf8")));
  }
  return type === "multipart/form-data" ? multipart(request) : new Map();
}

function mediaType(request: Request): string {
  return (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

function isForm(type: string): boolean {
  return type === "application/x-www-form-urlencoded" || type === "multipart/form-data";
}

function parseJson(text: string): Body {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" ? (value as Body) : {};
  } catch {
    const reason = /^\{\s*[^"}\s]/.test(text)
      ? `Expecting property name enclosed in double quotes: line 1 column ${text.search(/[^{\s]/) + 1} (char ${text.search(/[^{\s]/)})`
      : "Expecting value: line 1 column 1 (char 0)";
    throw badRequest({ detail: `JSON parse error - ${reason}` });
  }
}

function multipart(request: Request): Map<string, string> {
  const boundary = /boundary="?([^";]+)/.exec(request.headers["content-type"] ?? "")?.[1] ?? "";
  const fields = new Map<string, string>();
  for (const part of request.body.toString("utf8").split(`--${boundary}`)) {
    const [head = "", ...rest] = part.split("\r\n\r\n");
    const name = /name="([^"]*)"/.exec(head)?.[1];
    if (name !== undefined) fields.set(name, rest.join("\r\n\r\n").replace(/\r\n$/, ""));
  }
  return fields;
}
