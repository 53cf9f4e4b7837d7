import type { dynamic } from "@pulumi/pulumi";

/** What a provider module exports: the functions of a dynamic provider, as plain code. */
export type ProviderModule = Required<
  Pick<dynamic.ResourceProvider, "create" | "read" | "update" | "delete" | "diff" | "check">
>;

const stubs = new Map<string, dynamic.ResourceProvider>();

/**
 * A dynamic provider whose methods only load a module and call it, so that what the state keeps of it is this
 * text and nothing else (contracts/pulumi: captured imports do not serialise). One for each module: the SDK
 * serialises each provider object once.
 * @param module path from the project's root, never absolute: it lands in the state.
 */
export function providerAt(module: string): dynamic.ResourceProvider {
  let stub = stubs.get(module);
  if (stub === undefined) {
    stub = {
      check: (olds, news) => require(module).check(olds, news),
      diff: (id, olds, news) => require(module).diff(id, olds, news),
      create: (inputs) => require(module).create(inputs),
      read: (id, props) => require(module).read(id, props),
      update: (id, olds, news) => require(module).update(id, olds, news),
      delete: (id, props) => require(module).delete(id, props),
    };
    stubs.set(module, stub);
  }
  return stub;
}
