import type { Entry } from "../workspace/answers.ts";

/** A value out of JSON that is an object; undefined when it is something else. */
export function entryOf(value: unknown): Entry | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Entry) : undefined;
}

/** A value out of JSON that is a text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The objects of a list out of JSON; none when it is something else. */
export function entriesOf(value: unknown): Entry[] {
  return Array.isArray(value) ? value.map(entryOf).filter((entry) => entry !== undefined) : [];
}

/** The texts of a list out of JSON. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((text) => textOf(text) ?? []) : [];
}
