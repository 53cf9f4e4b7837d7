import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { Json } from "../configuration.ts";
import { OPENCLAW_VERSIONS, type OpenclawVersion } from "../version.ts";
import { problem, shown } from "./problem.ts";

/** One place where a configuration does not fit a version's schema. */
export interface Fault {
  /** Keys down to the value, or to the key that is too many or missing. */
  path: string;
  kind: "unknown" | "missing" | "value";
  found: string;
  allowed: string;
}

/** Where a configuration does not fit a version's own schema, as its gateway reports it: once for each mistake. */
export function schemaFaults(version: OpenclawVersion, configuration: Json): Fault[] {
  const validate = validatorOf(version);
  // A copy, for the schema's defaults are filled in.
  const copy = structuredClone(configuration);
  validate(copy);
  const errors = validate.errors ?? [];
  const choices = errors.filter(isChoice);
  return errors
    .filter((error) => !choices.some((choice) => isInside(error, choice)))
    .map((error) => faultOf(version, copy, error, errors));
}

/** The faults in words, with the version that has nothing against that place, if there is one. */
export function schemaProblems(version: OpenclawVersion, configuration: Json): string[] {
  const faults = schemaFaults(version, configuration);
  if (faults.length === 0) return [];
  const others = OPENCLAW_VERSIONS.filter((other) => other !== version).map((other) => ({
    other,
    paths: schemaFaults(other, configuration).map(({ path }) => path),
  }));
  return faults.map(({ path, kind, found, allowed }) => {
    const knows = others.find(({ paths }) => !paths.includes(path))?.other;
    const edit = EDITS[kind](path);
    return problem(
      path,
      found,
      knows ? `${allowed}; ${knows} ${kind === "unknown" ? "knows this one" : "accepts it"}` : allowed,
      knows ? `${edit}, or: pulumi config set openclaw:version ${knows}` : edit,
    );
  });
}

const EDITS: Record<Fault["kind"], (path: string) => string> = {
  unknown: (path) => `remove ${path} from the file of openclaw:configFile`,
  missing: (path) => `add ${path} to the file of openclaw:configFile`,
  value: (path) => `edit ${path} in the file of openclaw:configFile`,
};

const validators = new Map<OpenclawVersion, ValidateFunction>();

/** The names under which a version knows plugins by itself. */
export function bundledPlugins(version: OpenclawVersion): string[] {
  const { properties } = validatorOf(version).schema as {
    properties: { plugins: { properties: { entries: { properties: Json } } } };
  };
  return Object.keys(properties.plugins.properties.entries.properties);
}

/** Made at the first use: it takes half a second. */
function validatorOf(version: OpenclawVersion): ValidateFunction {
  const made = validators.get(version);
  if (made) return made;
  const schema = recorded(`${version}.json`) as { properties: { channels: { properties: Json } } };
  // A gateway reports no schema of its channels; this is what its package exports as TelegramConfigSchema.
  schema.properties.channels.properties["telegram"] = recorded(`telegram/${version}.json`);
  const ajv = new Ajv({ strict: false, allErrors: true, useDefaults: true, validateFormats: false });
  const validate = ajv.compile(schema);
  validators.set(version, validate);
  return validate;
}

function recorded(file: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, "../schemas", file), "utf8"));
}

function isChoice({ keyword }: ErrorObject): boolean {
  return keyword === "anyOf" || keyword === "oneOf";
}

/** Whether an error says of one branch of a choice what the choice's own says of all. */
function isInside(error: ErrorObject, choice: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${choice.schemaPath}/`) &&
    `${error.instancePath}/`.startsWith(`${choice.instancePath}/`)
  );
}

function faultOf(
  version: OpenclawVersion,
  configuration: Json,
  error: ErrorObject,
  all: readonly ErrorObject[],
): Fault {
  const keys = error.instancePath
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const { additionalProperty, missingProperty } = error.params as Record<string, string | undefined>;
  const path = [...keys, additionalProperty ?? missingProperty ?? []].flat().join(".");
  if (additionalProperty !== undefined) {
    return {
      path,
      kind: "unknown",
      found: `a key that ${version} does not know`,
      allowed: "keys that it knows",
    };
  }
  if (missingProperty !== undefined) {
    return { path, kind: "missing", found: "nothing", allowed: `a value, for ${version} needs it` };
  }
  const value = keys.reduce<unknown>((at, key) => (at as Json)[key], configuration);
  const inside = isChoice(error) ? all.filter((other) => isInside(other, error) && !isChoice(other)) : [];
  const words = [...new Set((inside.length > 0 ? inside : [error]).map((one) => allowedBy(one, error)))];
  return { path, kind: "value", found: shown(path, value), allowed: words.join(" or ") };
}

/** What would satisfy an error, in words; `place` is where the sentence says it is. */
function allowedBy(error: ErrorObject, place: ErrorObject): string {
  const below = error.instancePath.slice(place.instancePath.length + 1).replaceAll("/", ".");
  const words = WORDS[error.keyword]?.(error.params) ?? `${error.message}`.replace(/^must /, "it must ");
  return below ? `${below} as ${words}` : words;
}

/** Words for the commonest faults; ajv's own do for the others. */
const WORDS: Record<string, (params: ErrorObject["params"]) => string> = {
  const: ({ allowedValue }) => JSON.stringify(allowedValue),
  enum: ({ allowedValues }) =>
    (allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(" or "),
  type: ({ type }) =>
    [type as string | string[]]
      .flat()
      .map((one) => TYPES[one] ?? one)
      .join(" or "),
  additionalProperties: ({ additionalProperty }) => `an object without ${JSON.stringify(additionalProperty)}`,
};

const TYPES: Record<string, string> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
};
