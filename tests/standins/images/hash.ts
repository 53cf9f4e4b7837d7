import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Recipe } from "./recipe.ts";

/** Change it when the way images are assembled changes, so that all of them are built again. */
const FORMAT = "1";

interface LockedPackage {
  version?: string;
  integrity?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The content hash of everything that goes into one image, the layers below it included. */
export class Hashes {
  readonly #repository: string;
  readonly #recipes: Record<string, Recipe>;
  #lock: Record<string, LockedPackage> | undefined;

  constructor(repository: string, recipes: Record<string, Recipe>) {
    this.#repository = repository;
    this.#recipes = recipes;
  }

  of(recipe: Recipe, reference: string): string {
    const hash = createHash("sha256");
    const add = (...texts: string[]): void => {
      for (const text of texts) hash.update(text).update("\0");
    };
    add(FORMAT, reference, process.arch, ...recipe.packages, ...recipe.inputs.texts);
    if (recipe.from !== undefined) add(this.layer(recipe.from));
    const own = ["bundle.ts", "debian.ts", "recipes.ts"].map((f) => `tests/standins/images/${f}`);
    for (const path of [`tests/standins/images/${recipe.name}`, ...own, ...recipe.inputs.paths]) {
      this.#addTree(path, add);
    }
    for (const name of recipe.inputs.npm) this.#addNpm(name, add);
    return hash.digest("hex").slice(0, 32);
  }

  layer(name: "base" | "node"): string {
    return this.of(this.#recipes[name] as Recipe, name);
  }

  #addTree(path: string, add: (...texts: string[]) => void): void {
    const full = join(this.#repository, path);
    if (lstatSync(full).isDirectory()) {
      for (const entry of readdirSync(full).sort()) this.#addTree(`${path}/${entry}`, add);
    } else {
      add(path, readFileSync(full).toString("base64"));
    }
  }

  /** A package of the lock file with all it depends on, by integrity. */
  #addNpm(root: string, add: (...texts: string[]) => void): void {
    this.#lock ??= JSON.parse(readFileSync(join(this.#repository, "package-lock.json"), "utf8")).packages;
    const seen = new Set<string>();
    const visit = (name: string, from: string): void => {
      let scope = from;
      let key = `${scope}node_modules/${name}`;
      while (this.#lock?.[key] === undefined && scope !== "") {
        scope = scope.replace(/node_modules\/(@[^/]+\/)?[^/]+\/$/, "");
        key = `${scope}node_modules/${name}`;
      }
      const locked = this.#lock?.[key];
      if (locked === undefined || seen.has(key)) return;
      seen.add(key);
      for (const next of Object.keys({ ...locked.dependencies, ...locked.optionalDependencies }).sort()) {
        visit(next, `${key}/`);
      }
    };
    visit(root, "");
    for (const key of [...seen].sort()) {
      add(key, this.#lock?.[key]?.integrity ?? this.#lock?.[key]?.version ?? "");
    }
  }
}
