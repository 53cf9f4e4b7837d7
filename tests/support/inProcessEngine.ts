import { startOperation } from "../../plane/operation.ts";
import type { RecordedResource } from "./recordedProgram.ts";

interface Entry {
  id: string;
  inputs: Record<string, unknown>;
  outs: Record<string, unknown>;
}

type Step = "create" | "update" | "replace" | "same";

/**
 * What the engine does with dynamic resources, in this process and one after the other: the provider modules are the
 * real ones, each run is one operation, and what a run has finished survives it.
 */
export class InProcessEngine {
  readonly state = new Map<string, Entry>();
  private readonly resources: readonly RecordedResource[];

  constructor(resources: readonly RecordedResource[]) {
    this.resources = resources;
  }

  /** Brings everything up; stops at the first failure, as a killed run would. Returns what it did, `same` left out. */
  async up(): Promise<Record<string, Step>> {
    startOperation();
    const steps: Record<string, Step> = {};
    for (const resource of this.resources) {
      const step = await this.#bringUp(resource);
      if (step !== "same") steps[resource.name] = step;
    }
    return steps;
  }

  /** Reads everything; what is gone leaves the state. */
  async refresh(): Promise<void> {
    startOperation();
    for (const { name, module } of this.resources) {
      const entry = this.state.get(name);
      if (entry === undefined) continue;
      const found = await module.read(entry.id, clone(entry.outs));
      if (!found.id) this.state.delete(name);
      else this.state.set(name, clone({ id: found.id, inputs: found.inputs, outs: found.props }));
    }
  }

  /** What an `up` would do, without doing it. */
  async preview(): Promise<Record<string, Step>> {
    const steps: Record<string, Step> = {};
    for (const { name, module, inputs } of this.resources) {
      const entry = this.state.get(name);
      const step = entry === undefined ? "create" : await stepFor(module, entry, this.#resolved(inputs));
      if (step !== "same") steps[name] = step;
    }
    return steps;
  }

  async destroy(): Promise<void> {
    startOperation();
    for (const { name, module } of this.resources.toReversed()) {
      const entry = this.state.get(name);
      if (entry === undefined) continue;
      await module.delete(entry.id, clone(entry.outs));
      this.state.delete(name);
    }
  }

  async #bringUp({ name, module, inputs }: RecordedResource): Promise<Step> {
    const entry = this.state.get(name);
    const checked = await module.check(clone(entry?.inputs ?? {}), this.#resolved(inputs));
    if (checked.failures?.length) throw new Error(`${name}: ${JSON.stringify(checked.failures)}`);
    const news = clone(checked.inputs ?? {});
    const step = entry === undefined ? "create" : await stepFor(module, entry, news);
    if (entry !== undefined && step === "replace") {
      await module.delete(entry.id, clone(entry.outs));
      this.state.delete(name);
    }
    if (step === "create" || step === "replace") {
      const { id, outs } = await module.create(clone(news));
      this.state.set(name, clone({ id, inputs: news, outs: outs ?? {} }));
    } else if (entry !== undefined && step === "update") {
      const { outs } = await module.update(entry.id, clone(entry.outs), clone(news));
      this.state.set(name, clone({ id: entry.id, inputs: news, outs: outs ?? {} }));
    }
    return step;
  }

  /** Inputs with the marks of the recording replaced by what the named resources yielded. */
  #resolved(inputs: Record<string, unknown>): Record<string, unknown> {
    const text = JSON.stringify(inputs).replaceAll(
      /<<([\w-]+)\.(\w+)>>/g,
      (_, name: string, output: string) => {
        const entry = this.state.get(name);
        return String(output === "id" ? entry?.id : entry?.outs[output]);
      },
    );
    return JSON.parse(text) as Record<string, unknown>;
  }
}

async function stepFor(
  module: RecordedResource["module"],
  entry: Entry,
  news: Record<string, unknown>,
): Promise<Step> {
  const { changes, replaces } = await module.diff(entry.id, clone(entry.outs), clone(news));
  if (!changes) return "same";
  return replaces?.length ? "replace" : "update";
}

/** As values travel to a provider and into the state: what is undefined is left out. */
function clone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
