import type { CheckFailure, PackageSchema } from "./schema.ts";
import type { Properties } from "./values.ts";

export type ChangeKind = "add" | "update" | "delete";

/** One changed property, and whether its change replaces the resource. */
export interface Change {
  property: string;
  kind: ChangeKind;
  replace: boolean;
}

/** Who is asked about, and by whom: the resource's URN and its logical name. */
export interface Target {
  urn: string;
  name: string;
}

export interface Saved {
  id: string;
  outputs: Properties;
}

/** How one resource type lives. Inputs have passed the schema's check; previews never reach create or update. */
export interface ResourceHandler {
  /** Fills in what the official plugin fills in (names, defaults) and refuses what it refuses. */
  check?(inputs: Properties, oldInputs: Properties, target: Target): CheckFailure[];
  diff(state: Properties, oldInputs: Properties, inputs: Properties): Change[];
  /** Outputs known before `up`; the schema's other required outputs are unknown then. */
  create(inputs: Properties, target: Target): Promise<Saved>;
  /** Undefined when the thing is gone. */
  read?(id: string, inputs: Properties, state: Properties): Promise<Saved | undefined>;
  update?(id: string, state: Properties, inputs: Properties, target: Target): Promise<Properties>;
  /** Outputs that a preview of an update cannot know. */
  madeAnewByUpdate?: string[];
  delete(id: string, state: Properties, target: Target): Promise<void>;
}

export type FunctionHandler = (args: Properties) => Promise<Properties>;

/** A stand-in plugin: what `serve` needs to answer the engine. */
export interface Plugin {
  schema: PackageSchema;
  /** What the plugin says it is; the engine warns when the program's SDK asks for a newer one. */
  version: string;
  resources: Record<string, ResourceHandler>;
  functions: Record<string, FunctionHandler>;
  /** Called once with the provider's checked configuration. Throws what the user should read. */
  configure?(config: Properties): Promise<void>;
}

/** The thing was made but is not right: the engine records it, with the reason, and the command fails. */
export class MadeButFailed extends Error {
  readonly id: string;
  readonly outputs: Properties;

  constructor(message: string, saved: Saved) {
    super(message);
    this.id = saved.id;
    this.outputs = saved.outputs;
  }
}
