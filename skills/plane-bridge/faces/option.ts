import { InvalidArgumentError, Option } from "commander";
import { type Property, unwrapped } from "./schema.ts";

/** A property of a tool's input as an option of the command line: `task_id` is `--task-id <text>`. */
export function optionOf(name: string, property: Property, required: boolean): Option {
  const { property: plain, nullable } = unwrapped(property);
  const { word, parse } = reading(plain);
  const notes = [
    ...(required ? ["required"] : []),
    ...(plain.default === undefined || plain.type === "array" ? [] : [`default ${plain.default}`]),
    ...(plain.type === "array" ? ["may be repeated"] : []),
    ...(nullable ? ["null empties it"] : []),
  ];
  const option = new Option(
    `--${name.replaceAll("_", "-")} <${word}>`,
    [plain.description ?? "", notes.length > 0 ? `(${notes.join(", ")})` : ""].join(" ").trim(),
  );
  option.argParser((text, before: unknown) => {
    if (nullable && text === "null") return null;
    const value = parse(text);
    return plain.type === "array" ? [...((before as unknown[] | undefined) ?? []), value] : value;
  });
  return option;
}

/** How a value is called in the help, and how it is read; an array's elements one by one. */
function reading(property: Property): { word: string; parse: (text: string) => unknown } {
  const { type, enum: words, items } = property;
  if (type === "array" && items !== undefined) return reading(items);
  if (words !== undefined) return { word: words.join("|"), parse: oneOf(words) };
  if (type === "string") return { word: "text", parse: (text) => text };
  if (type === "number" || type === "integer") return { word: "number", parse: number };
  if (type === "boolean")
    return { word: "true|false", parse: (text) => oneOf(["true", "false"])(text) === "true" };
  return { word: "json", parse: json };
}

function oneOf(words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`Allowed: ${words.join(", ")}.`);
  };
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("It has to be a number.");
  return value;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It has to be JSON: ${(error as Error).message}.`);
  }
}
