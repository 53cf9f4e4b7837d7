import { randomBytes } from "node:crypto";
import type { Plugin, ResourceHandler } from "../plugin.ts";
import { type PackageSchema, type ResourceSpec, replacesOnChange } from "../schema.ts";
import schemaJson from "../schemas/command.json" with { type: "json" };
import { serve } from "../serve.ts";
import { type Properties, sameValue } from "../values.ts";
import type { Output } from "./process.ts";

const schema = schemaJson as unknown as PackageSchema;

const NOT_DONE = ["archivePaths", "assetPaths"];

type Runner = (command: string, inputs: Properties, previous: Properties, urn?: string) => Promise<Output>;

// Loaded at the first command: most runs run none.
const local: Runner = async (...run) => (await import("./local.ts")).runLocal(...run);
const remote: Runner = async (...run) => (await import("./remote.ts")).runRemote(...run);

function command(token: string, run: Runner): ResourceHandler {
  const spec = schema.resources[token] as ResourceSpec;
  return {
    madeAnewByUpdate: ["stdout", "stderr"],
    check(inputs) {
      const failures = NOT_DONE.filter((property) => inputs[property] !== undefined).map((property) => ({
        property,
        reason: `${property} is not done by the stand-in for command`,
      }));
      const connection = inputs.connection as Properties | undefined;
      if (connection && typeof connection === "object" && connection.proxy !== undefined) {
        const property = "connection.proxy";
        failures.push({ property, reason: `${property} is not done by the stand-in for command` });
      }
      return failures;
    },
    diff(_state, oldInputs, inputs) {
      return Object.entries(spec.inputProperties)
        .filter(([property]) => !sameValue(oldInputs[property], inputs[property]))
        .map(([property, propertySpec]) => ({
          property,
          kind: kindOf(oldInputs[property], inputs[property]),
          replace: replacesOnChange(propertySpec),
        }));
    },
    async create(inputs, target) {
      const id = target.name + randomBytes(4).toString("hex");
      const output = inputs.create
        ? await run(inputs.create as string, inputs, {}, target.urn)
        : { stdout: "", stderr: "" };
      return { id, outputs: { ...inputs, ...output } };
    },
    async update(_id, state, inputs, target) {
      const text = (inputs.update ?? inputs.create) as string | undefined;
      const output = text
        ? await run(text, inputs, state, target.urn)
        : { stdout: state.stdout, stderr: state.stderr };
      return { ...inputs, ...output };
    },
    async delete(_id, state, target) {
      if (state.delete) await run(state.delete as string, state, state, target.urn);
    },
  };
}

function kindOf(before: unknown, after: unknown): "add" | "update" | "delete" {
  if (before === undefined) return "add";
  return after === undefined ? "delete" : "update";
}

const plugin: Plugin = {
  schema,
  version: schema.version,
  resources: {
    "command:local:Command": command("command:local:Command", local),
    "command:remote:Command": command("command:remote:Command", remote),
  },
  functions: {
    "command:local:run": async (args) => ({ ...args, ...(await local(args.command as string, args, {})) }),
  },
};

void serve(plugin);
