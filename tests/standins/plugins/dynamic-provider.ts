import Module, { createRequire } from "node:module";

// Node's own loader, which its types leave out.
const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): object };

/**
 * What `@pulumi/pulumi` loads at its start and only serialising a closure needs, which a provider never does:
 * more than half of the start-up time of a dynamic provider.
 */
const LOADED_WHEN_USED = new Set(["typescript", "@npmcli/arborist"]);

const load = loader._load;
loader._load = function lazyLoad(request, ...rest) {
  if (!LOADED_WHEN_USED.has(request)) return load.call(this, request, ...rest);
  let loaded: object | undefined;
  return new Proxy(
    {},
    {
      get(_target, property) {
        // Asked first by every importer; with true it takes the proxy itself and copies nothing.
        if (property === "__esModule") return true;
        loaded ??= load.call(this, request, ...rest);
        return Reflect.get(loaded, property);
      },
    },
  );
};

createRequire(process.argv[1] as string)("@pulumi/pulumi/cmd/dynamic-provider");
