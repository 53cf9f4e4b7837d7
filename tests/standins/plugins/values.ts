/** A property value as it travels over the wire, with secrets already opened by the engine. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value | undefined };
export type Properties = { [key: string]: Value | undefined };

/** What the engine sends during a preview in place of a value that only `up` will know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isRecord(value: unknown): value is { [key: string]: Value | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isRecord(value) && Object.values(value).some(hasUnknown);
}

/** Drops `undefined` and `null` members, which the wire format has no use for. */
export function compact(properties: Properties): Properties {
  const kept: Properties = {};
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    kept[key] = compactValue(value);
  }
  return kept;
}

function compactValue(value: Value): Value {
  if (Array.isArray(value)) return value.map(compactValue);
  return isRecord(value) ? compact(value) : value;
}

/** A text that is equal for equal values: keys sorted, absent members left out. */
export function canonical(value: Value | undefined): string {
  if (value === undefined || value === null) return "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined && value[key] !== null)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(",")}}`;
}

export function sameValue(left: Value | undefined, right: Value | undefined): boolean {
  return canonical(left) === canonical(right);
}
