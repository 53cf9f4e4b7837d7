import type { Plugin, ResourceHandler } from "../plugin.ts";
import type { PackageSchema, ResourceSpec } from "../schema.ts";
import schemaJson from "../schemas/random.json" with { type: "json" };
import { serve } from "../serve.ts";
import { type Properties, sameValue } from "../values.ts";
import { bytesOutputs, checkText, idOutputs, passwordOutputs, stringOutputs, uuidOutputs } from "./values.ts";

const schema = schemaJson as unknown as PackageSchema;

const DEFAULTS_OF_TEXT: Properties = {
  lower: true,
  minLower: 0,
  minNumeric: 0,
  minSpecial: 0,
  minUpper: 0,
  number: true,
  numeric: true,
  special: true,
  upper: true,
};

/** Every input, `keepers` among them, makes a new value when it changes; nothing is read and nothing removed. */
function made(
  token: string,
  make: (inputs: Properties) => Promise<Properties> | Properties,
): ResourceHandler {
  const spec = schema.resources[token] as ResourceSpec;
  const isText = spec.inputProperties.minLower !== undefined;
  return {
    check(inputs) {
      if (!isText) return [];
      // The old name and the new one of the same switch.
      inputs.numeric ??= inputs.number;
      inputs.number ??= inputs.numeric;
      for (const [key, value] of Object.entries(DEFAULTS_OF_TEXT)) inputs[key] ??= value;
      return checkText(inputs);
    },
    diff(_state, oldInputs, inputs) {
      return Object.keys(spec.inputProperties)
        .filter((property) => !sameValue(oldInputs[property], inputs[property]))
        .map((property) => ({ property, kind: "update" as const, replace: true }));
    },
    async create(inputs) {
      const { id, ...outputs } = await make(inputs);
      return { id: id as string, outputs: { ...inputs, ...outputs } };
    },
    async delete() {},
  };
}

const RESOURCES = {
  "random:index/randomBytes:RandomBytes": bytesOutputs,
  "random:index/randomId:RandomId": idOutputs,
  "random:index/randomPassword:RandomPassword": passwordOutputs,
  "random:index/randomString:RandomString": stringOutputs,
  "random:index/randomUuid:RandomUuid": uuidOutputs,
};

const plugin: Plugin = {
  schema,
  version: schema.version,
  functions: {},
  resources: Object.fromEntries(Object.entries(RESOURCES).map(([token, make]) => [token, made(token, make)])),
};

void serve(plugin);
