import { build } from "esbuild";

/** Bundles one TypeScript entry and the npm packages it uses into one CommonJS file for Node. */
export async function bundle(repository: string, entry: string, outfile: string): Promise<void> {
  await build({
    absWorkingDir: repository,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // pg offers a native binding when one is installed; the pure one is used here.
    external: ["pg-native", "cloudflare:sockets"],
    logLevel: "error",
  });
}
