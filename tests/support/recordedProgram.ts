import { runtime } from "@pulumi/pulumi";
import { reconcileInside } from "../../components/inside.ts";
import type { PlaneOpsConfig } from "../../config.ts";
import type { ProviderModule } from "../../providers/stub.ts";

/** One dynamic resource of the program: what it is given, with `<<name.output>>` for what others yield. */
export interface RecordedResource {
  name: string;
  /** The provider module that the engine would load. */
  module: ProviderModule;
  inputs: Record<string, unknown>;
}

/**
 * The real components' resources in an order in which each comes after what it depends on: the program runs once
 * under the SDK's own mocks, and each mock answers with a mark in the place of a value.
 */
export async function recordProgram(config: PlaneOpsConfig, url: string): Promise<RecordedResource[]> {
  const recorded: { name: string; module: string; inputs: Record<string, unknown> }[] = [];
  await runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: ({ type, name, inputs }) => {
        if (type === "random:index/randomPassword:RandomPassword") {
          return { id: name, state: { ...inputs, result: passwordOf(name) } };
        }
        const { __provider: provider, ...rest } = plain(inputs) as Record<string, unknown>;
        const [module] = /\.\/providers\/[\w/-]+\.ts/.exec(String(provider)) ?? [];
        if (module === undefined) return { id: `<<${name}.id>>`, state: inputs };
        const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value != null));
        recorded.push({ name, module, inputs: given });
        const outputs = ["token", "tokenId", "secret"].map((output) => [output, `<<${name}.${output}>>`]);
        return {
          id: `<<${name}.id>>`,
          state: { ...Object.fromEntries(outputs), paidEdition: false, ...given },
        };
      },
    },
    "plane-ops",
    "recorded",
    false,
  );
  reconcileInside(config, {
    url,
    webhookUrl: config.webhookUrl ?? `${url}/webhooks/plane`,
    ready: [],
    accounts: [],
  });
  await runtime.disconnect();
  return Promise.all(
    recorded.map(async ({ name, module, inputs }) => ({
      name,
      inputs,
      module: (await import(`../../${module}`)) as ProviderModule,
    })),
  );
}

/** As the program's own: 32 letters and digits, and strong; the same in every run. */
export function passwordOf(name: string): string {
  return Buffer.from(`${name} of a test that is long enough`)
    .toString("base64url")
    .replaceAll(/\W|_/g, "x")
    .slice(0, 32);
}

/** Values without the SDK's wrapping of secrets. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if ("value" in value && Object.keys(value).length === 2) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
