import { z } from "zod";
import type { Tool } from "../tools/tool.ts";

/** A property of a tool's input, as far as our tools use JSON Schema. */
export interface Property {
  type?: string;
  description?: string;
  enum?: readonly string[];
  default?: unknown;
  items?: Property;
  anyOf?: readonly Property[];
  properties?: Record<string, Property>;
  required?: readonly string[];
}

/** What a tool takes, for a client that speaks JSON Schema. */
export interface InputSchema {
  type: "object";
  properties: Record<string, Property>;
  required?: string[];
  [key: string]: unknown;
}

/** The schema of what a caller writes, defaults not filled in. */
export function inputSchema({ input }: Tool): InputSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: "input" });
  return schema as unknown as InputSchema;
}

/** A property without the `null` that empties it. */
export function unwrapped(property: Property): { property: Property; nullable: boolean } {
  const [only, ...more] = property.anyOf?.filter(({ type }) => type !== "null") ?? [];
  if (only === undefined || more.length > 0) return { property, nullable: false };
  return { property: { ...only, ...described(property) }, nullable: true };
}

function described({ description }: Property): Property {
  return description === undefined ? {} : { description };
}
