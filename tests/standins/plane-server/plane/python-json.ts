/** Columns that are floats in Plane's models: Python writes `65535.0`. */
const FLOATS = new Set(["sort_order", "sequence"]);

/** JSON as Python's json.dumps writes it: blanks after commas and colons, and nothing but ASCII. */
export function pythonJson(value: unknown, key?: string): string {
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item)).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
    return `{${entries.map(([name, inner]) => `${text(name)}: ${pythonJson(inner, name)}`).join(", ")}}`;
  }
  if (typeof value === "string") return text(value);
  if (typeof value === "number" && key !== undefined && FLOATS.has(key) && Number.isInteger(value)) {
    return `${value}.0`;
  }
  return JSON.stringify(value);
}

function text(value: string): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
