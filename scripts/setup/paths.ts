import path from "node:path";

/** This checkout: the folder that holds Pulumi.yaml. */
export const projectRoot = path.resolve(import.meta.dirname, "..", "..");

/** The project's name in Pulumi.yaml, part of every URN and of the state's paths. */
export const projectName = "plane-ops";

/** The stack that `npm start` brings up. */
export const stackName = "local";

/** Where set-up keeps what it makes. Everything but `settings` lies below the one ignored folder. */
export interface Paths {
  root: string;
  /** `.plane-ops`, ignored by git. */
  base: string;
  /** First on PATH: pulumi, pulumi-language-nodejs, pulumi-resource-*, docker. */
  bin: string;
  /** Downloads and build caches; kept by `npm run down -- --keep-cache`. */
  cache: string;
  /** PULUMI_HOME. */
  pulumiHome: string;
  /** The file backend. */
  state: string;
  /** Key of the state's secrets, mode 0600. */
  passphrase: string;
  /** Record of what start made outside of this folder. */
  made: string;
  /** Which package-lock.json was installed; written by scripts/bootstrap.mjs. */
  dependencies: string;
  /** Pulumi.local.yaml. */
  settings: string;
}

export function pathsOf(root: string = projectRoot): Paths {
  const base = path.join(root, ".plane-ops");
  return {
    root,
    base,
    bin: path.join(base, "bin"),
    cache: path.join(base, "cache"),
    pulumiHome: path.join(base, "pulumi"),
    state: path.join(base, "state"),
    passphrase: path.join(base, "passphrase"),
    made: path.join(base, "made.json"),
    dependencies: path.join(base, "node_modules.json"),
    settings: path.join(root, `Pulumi.${stackName}.yaml`),
  };
}
