import { type CustomResourceOptions, dynamic, type Input, secret } from "@pulumi/pulumi";
import type { DockerHost } from "../providers/host/run.ts";
import { providerAt } from "../providers/stub.ts";

export interface RedisNamespaceArgs {
  host: DockerHost;
  /** Name of the Redis container. */
  container: Input<string>;
  password: Input<string>;
  /** Every key starts with it; colon included. */
  prefix: string;
  /** Logical databases: refused when they hold other keys. */
  databases: number[];
  /** Whether the keys go with the resource. */
  removeKeys: boolean;
}

/** Logical databases of a shared Redis that are Plane's, checked before Plane ever starts (INFRA-03). */
export class RedisNamespace extends dynamic.Resource {
  constructor(name: string, args: RedisNamespaceArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/redis/namespace.ts"),
      name,
      { ...args, password: secret(args.password) },
      { ...options, additionalSecretOutputs: ["password"] },
      "planeops",
      "RedisNamespace",
    );
  }
}
