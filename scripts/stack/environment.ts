import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Paths } from "../setup/paths.ts";

/** The environment that makes `pulumi` work with this checkout's tools, backend and passphrase. */
export function pulumiEnvironment(paths: Paths, base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const localBin = path.join(paths.root, "node_modules", ".bin");
  const rest = (base.PATH ?? "").split(path.delimiter).filter((dir) => dir !== localBin && dir !== paths.bin);
  const environment: NodeJS.ProcessEnv = {
    ...base,
    PATH: [paths.bin, localBin, ...rest].join(path.delimiter),
    PULUMI_HOME: paths.pulumiHome,
    PULUMI_BACKEND_URL: pathToFileURL(paths.state).href,
    PULUMI_CONFIG_PASSPHRASE_FILE: paths.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Three Node processes of each run load the SDK: half a second less, measured in bench/.
    NODE_COMPILE_CACHE: base.NODE_COMPILE_CACHE ?? path.join(paths.cache, "node"),
  };
  // These go before the file and belong to other projects.
  delete environment.PULUMI_CONFIG_PASSPHRASE;
  delete environment.PULUMI_STACK;
  return environment;
}
