import { isRecord, type Properties, UNKNOWN, type Value } from "./values.ts";

/** One property of a Pulumi package schema, as far as the stand-ins read it. */
export interface PropertySpec {
  type?: string;
  $ref?: string;
  items?: PropertySpec;
  additionalProperties?: PropertySpec;
  default?: Value;
  defaultInfo?: { environment?: string[] };
  secret?: boolean;
  willReplaceOnChanges?: boolean;
  replaceOnChanges?: boolean;
}

interface TypeSpec {
  type?: string;
  properties?: Record<string, PropertySpec>;
  required?: string[];
  enum?: { value: Value }[];
}

export interface ResourceSpec {
  properties: Record<string, PropertySpec>;
  required?: string[];
  inputProperties: Record<string, PropertySpec>;
  requiredInputs?: string[];
}

export interface FunctionSpec {
  inputs?: TypeSpec;
}

/** A Pulumi package schema: what `schemas/*.json` holds. */
export interface PackageSchema {
  name: string;
  version: string;
  config: { variables?: Record<string, PropertySpec> };
  resources: Record<string, ResourceSpec>;
  functions: Record<string, FunctionSpec>;
  types: Record<string, TypeSpec>;
}

/** What Pulumi calls a CheckFailure: a property path and what is wrong with it. */
export interface CheckFailure {
  property: string;
  reason: string;
}

export interface Checked {
  inputs: Properties;
  failures: CheckFailure[];
}

/**
 * Checks a resource's inputs against its schema: unknown and missing properties, types (also of nested
 * objects and lists), enum values. Fills the schema's defaults in. Values unknown during a preview pass.
 */
export function checkResource(schema: PackageSchema, token: string, inputs: Properties): Checked {
  const spec = schema.resources[token];
  if (!spec) {
    return { inputs, failures: [{ property: "", reason: `${schema.name} has no resource type "${token}"` }] };
  }
  return checkObject(schema, token, spec.inputProperties, spec.requiredInputs ?? [], inputs);
}

/** The same for a function's arguments. */
export function checkFunction(schema: PackageSchema, token: string, args: Properties): Checked {
  const spec = schema.functions[token];
  if (!spec) {
    return {
      inputs: args,
      failures: [{ property: "", reason: `${schema.name} has no function "${token}"` }],
    };
  }
  return checkObject(schema, token, spec.inputs?.properties ?? {}, spec.inputs?.required ?? [], args);
}

/** The same for the provider's own configuration, whose values may come as JSON text. */
export function checkConfig(schema: PackageSchema, config: Properties): Checked {
  const variables = schema.config.variables ?? {};
  const parsed: Properties = {};
  for (const [key, value] of Object.entries(config)) {
    parsed[key] = variables[key]?.type === "string" ? value : parseJsonText(value);
  }
  return checkObject(schema, `the ${schema.name} provider`, variables, [], parsed);
}

function parseJsonText(value: Value | undefined): Value | undefined {
  if (typeof value !== "string" || value === UNKNOWN) return value;
  try {
    return JSON.parse(value) as Value;
  } catch {
    return value; // the type check says what is wrong with it
  }
}

function checkObject(
  schema: PackageSchema,
  token: string,
  properties: Record<string, PropertySpec>,
  required: string[],
  value: Properties,
): Checked {
  const failures: CheckFailure[] = [];
  const inputs = new Checker(schema, failures).object("", token, properties, required, value);
  return { inputs, failures };
}

class Checker {
  private readonly schema: PackageSchema;
  private readonly failures: CheckFailure[];

  constructor(schema: PackageSchema, failures: CheckFailure[]) {
    this.schema = schema;
    this.failures = failures;
  }

  object(
    path: string,
    owner: string,
    properties: Record<string, PropertySpec>,
    required: string[],
    value: Properties,
  ): Properties {
    const checked: Properties = {};
    for (const [key, given] of Object.entries(value)) {
      if (given === undefined || given === null) continue;
      const at = path ? `${path}.${key}` : key;
      const spec = properties[key];
      if (spec) checked[key] = this.value(at, spec, given);
      else this.fail(at, `is not a property of ${owner}${didYouMean(key, Object.keys(properties))}`);
    }
    for (const [key, spec] of Object.entries(properties)) {
      if (checked[key] === undefined && key in value === false) {
        const fallback = defaultOf(spec);
        if (fallback !== undefined) checked[key] = fallback;
      }
    }
    for (const key of required) {
      const given = value[key];
      if ((given === undefined || given === null) && checked[key] === undefined) {
        this.fail(path ? `${path}.${key}` : key, `is required by ${owner} and missing`);
      }
    }
    return checked;
  }

  private value(path: string, spec: PropertySpec, value: Value): Value {
    if (value === UNKNOWN) return value;
    if (spec.$ref) return this.reference(path, spec.$ref, value);
    switch (spec.type) {
      case "array":
        if (!Array.isArray(value)) return this.wrongType(path, "a list", value);
        return value.map((item, index) => this.value(`${path}[${index}]`, spec.items ?? {}, item));
      case "object":
        if (!isRecord(value)) return this.wrongType(path, "an object", value);
        for (const [key, item] of Object.entries(value)) {
          if (item !== undefined && item !== null) {
            this.value(`${path}.${key}`, spec.additionalProperties ?? {}, item);
          }
        }
        return value;
      case "string":
        return typeof value === "string" ? value : this.wrongType(path, "a string", value);
      case "boolean":
        return typeof value === "boolean" ? value : this.wrongType(path, "true or false", value);
      case "number":
        return typeof value === "number" ? value : this.wrongType(path, "a number", value);
      case "integer":
        return Number.isInteger(value) ? value : this.wrongType(path, "a whole number", value);
      default:
        return value;
    }
  }

  private reference(path: string, ref: string, value: Value): Value {
    if (!ref.startsWith("#/types/")) return value; // Any, Asset, Archive: Pulumi's own
    const token = decodeURIComponent(ref.slice("#/types/".length));
    const type = this.schema.types[token];
    if (!type) return value;
    if (type.enum) {
      const allowed = type.enum.map((entry) => entry.value);
      if (!allowed.includes(value)) {
        this.fail(path, `must be one of ${allowed.join(", ")}; found ${shown(value)}`);
      }
      return value;
    }
    if (!isRecord(value)) return this.wrongType(path, "an object", value);
    return this.object(path, token, type.properties ?? {}, type.required ?? [], value);
  }

  private wrongType(path: string, expected: string, value: Value): Value {
    this.fail(path, `must be ${expected}; found ${shown(value)}`);
    return value;
  }

  private fail(property: string, reason: string): void {
    this.failures.push({ property, reason: `${property} ${reason}` });
  }
}

/** The kind of a value, never the value: it may be a secret. */
function shown(value: Value): string {
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "an object";
  return `a ${typeof value}`;
}

function defaultOf(spec: PropertySpec): Value | undefined {
  for (const name of spec.defaultInfo?.environment ?? []) {
    const value = process.env[name];
    if (value) return value;
  }
  return spec.default;
}

function didYouMean(key: string, known: string[]): string {
  const near = known.find((name) => name.toLowerCase() === key.toLowerCase() || distance(name, key) <= 2);
  return near ? `; did you mean "${near}"?` : "";
}

function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** Whether a change of this property replaces the resource, as the schema says. */
export function replacesOnChange(spec: PropertySpec | undefined): boolean {
  return Boolean(spec?.willReplaceOnChanges || spec?.replaceOnChanges);
}
