import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import Docker from "dockerode";
import { DebianPackages, isDebianLike, MERGED } from "./debian.ts";
import { buildImage, dropTag, dropUntagged, findImage, HOLDS_LABEL, STANDIN_LABEL } from "./engine.ts";
import { Hashes } from "./hash.ts";
import { exclusively } from "./lock.ts";
import type { WantedImage } from "./names.ts";
import type { Recipe } from "./recipe.ts";
import { RECIPES } from "./recipes.ts";

export {
  isStandinName,
  STANDIN_NAMES,
  type StandinName,
  type WantedImage,
  wantedFromVersions,
} from "./names.ts";

const run = promisify(execFile);
const LAYER_REPOSITORY = "plane-ops-standin";
const REPOSITORY = resolve(import.meta.dirname, "../../..");

export interface BuildOptions {
  /** The engine to build on; default: the one that DOCKER_HOST or the standard socket names. */
  docker?: Docker;
  /** Where downloads and build contexts live; default: `.plane-ops/cache/images` of this checkout. */
  cache?: string;
}

/** What became of one wanted image. */
export interface BuiltImage extends WantedImage {
  /** `kept`: an image of that tag that is no stand-in exists, and is left alone. */
  outcome: "built" | "current" | "kept";
}

/**
 * Builds stand-ins for the wanted images on the spot, from Debian's packages, npm and PyPI only, under the
 * exact references wanted. An image that is up to date is not touched; one of that reference that is not a
 * stand-in is never overwritten. May be killed at any moment and run again.
 *
 * @param report receives one line per thing that happens, for a person to read.
 * @throws Error with a message for the user when a package cannot be fetched or an image cannot be built.
 */
export async function buildStandinImages(
  wanted: readonly WantedImage[],
  report: (line: string) => void,
  options: BuildOptions = {},
): Promise<BuiltImage[]> {
  const docker = options.docker ?? new Docker();
  const hashes = new Hashes(REPOSITORY, RECIPES);
  const plan = await survey(docker, hashes, wanted);
  for (const { image, outcome } of plan) {
    if (outcome === "kept") report(`${image.reference}: is here and is no stand-in, kept`);
  }
  if (plan.some(({ outcome }) => outcome === "built")) {
    const cache = options.cache ?? join(REPOSITORY, ".plane-ops/cache/images");
    const waiting = (): void => report("another run builds images: waiting for it");
    await exclusively("plane-ops-standin-images", waiting, async () => {
      // What another run has built meanwhile need not be built again.
      const due = (await survey(docker, hashes, wanted)).filter(({ outcome }) => outcome === "built");
      if (due.length === 0) return;
      const builder = new Builder(docker, hashes, cache, report);
      await builder.prepare(due.map(({ image }) => RECIPES[image.name]));
      for (const { image } of due) await builder.image(image);
      await builder.dropOldLayers();
      await dropUntagged(docker);
    });
  }
  return plan.map(({ image, outcome }) => ({ ...image, outcome }));
}

/** What the engine has of the wanted images, and so what is to be done for each. */
async function survey(
  docker: Docker,
  hashes: Hashes,
  wanted: readonly WantedImage[],
): Promise<{ image: WantedImage; outcome: BuiltImage["outcome"] }[]> {
  return Promise.all(
    wanted.map(async (image) => {
      const found = await findImage(docker, image.reference);
      if (found === undefined) return { image, outcome: "built" };
      if (found.standin === undefined) return { image, outcome: "kept" };
      const current = found.standin === hashes.of(RECIPES[image.name], image.reference);
      return { image, outcome: current ? "current" : "built" };
    }),
  );
}

class Builder {
  readonly #docker: Docker;
  readonly #hashes: Hashes;
  readonly #cache: string;
  readonly #report: (line: string) => void;
  readonly #debian: DebianPackages;
  readonly #packages = new Map<string, Awaited<ReturnType<DebianPackages["closure"]>>>();

  constructor(docker: Docker, hashes: Hashes, cache: string, report: (line: string) => void) {
    this.#docker = docker;
    this.#hashes = hashes;
    this.#cache = cache;
    this.#report = report;
    mkdirSync(cache, { recursive: true });
    this.#debian = new DebianPackages(cache, report);
    this.#removeLeftovers();
  }

  /** Resolves and downloads the Debian packages of all recipes in one go. */
  async prepare(recipes: readonly Recipe[]): Promise<void> {
    if (!isDebianLike()) {
      throw new Error(
        "stand-in images are made from Debian's packages and this machine has no apt-get and dpkg-deb. " +
          "Give Docker access to a registry that has the images of versions.yml (docker pull postgres:...), or use a Debian machine",
      );
    }
    const started = Date.now();
    const due = new Set(recipes);
    for (const recipe of recipes) for (const layer of await this.#missingLayers(recipe)) due.add(layer);
    // A layer's packages are those of its chain less those of the layer below: both closures are needed.
    const closures = [...due].filter((r) => r.packages.length > 0).flatMap((r) => this.#chain(r).slice(-2));
    if (closures.length === 0) return;
    await Promise.all(
      [...new Set(closures)].map(async (recipe) => {
        const names = this.#chain(recipe).flatMap((r) => r.packages);
        this.#packages.set(recipe.name, await this.#debian.closure(names));
      }),
    );
    const all = new Map([...this.#packages.values()].flat().map((p) => [p.name, p]));
    await this.#debian.download([...all.values()]);
    this.#report(`Debian's packages: ${all.size} resolved and fetched, ${seconds(started)}`);
  }

  async image({ name, reference }: WantedImage): Promise<void> {
    const recipe = RECIPES[name];
    const started = Date.now();
    const base = recipe.from === undefined ? undefined : await this.#layer(recipe.from);
    await this.#build(recipe, reference, base, this.#hashes.of(recipe, reference));
    this.#report(`${reference}: built from ${recipe.holds}, ${seconds(started)}`);
  }

  /** Layers of earlier recipes lose their tag; what older images still share of them stays. */
  async dropOldLayers(): Promise<void> {
    const current = (["base", "node"] as const).map(
      (n) => `${LAYER_REPOSITORY}/${n}:${this.#hashes.layer(n)}`,
    );
    const filters = { reference: [`${LAYER_REPOSITORY}/*`] };
    for (const image of await this.#docker.listImages({ filters })) {
      for (const tag of image.RepoTags ?? []) if (!current.includes(tag)) await dropTag(this.#docker, tag);
    }
  }

  /** A shared layer, made when the engine lacks it. */
  async #layer(name: "base" | "node"): Promise<string> {
    const reference = `${LAYER_REPOSITORY}/${name}:${this.#hashes.layer(name)}`;
    if ((await findImage(this.#docker, reference)) !== undefined) return reference;
    const recipe = RECIPES[name];
    const started = Date.now();
    const base = recipe.from === undefined ? undefined : await this.#layer(recipe.from);
    await this.#build(recipe, reference, base, this.#hashes.layer(name));
    this.#report(`shared layer ${name}: built from ${recipe.holds}, ${seconds(started)}`);
    return reference;
  }

  async #build(recipe: Recipe, reference: string, base: string | undefined, hash: string): Promise<void> {
    const context = mkdtempSync(join(this.#cache, `context-${recipe.name}-`));
    try {
      const rootfs = join(context, "rootfs");
      mkdirSync(rootfs);
      cpSync(join(REPOSITORY, "tests/standins/images", recipe.name), context, { recursive: true });
      const below = new Set(
        recipe.from === undefined ? [] : this.#packages.get(recipe.from)?.map((p) => p.name),
      );
      const packages = (this.#packages.get(recipe.name) ?? []).filter((p) => !below.has(p.name));
      if (packages.length > 0) await this.#debian.unpack(packages, rootfs);
      // A layer that carried `bin -> usr/bin` would replace the base's; it needs real directories only.
      if (recipe.from !== undefined) for (const link of MERGED) rmSync(join(rootfs, link), { force: true });
      await recipe.prepare?.({
        repository: REPOSITORY,
        cache: this.#cache,
        context,
        rootfs,
        tag: reference.slice(reference.lastIndexOf(":") + 1),
        report: this.#report,
      });
      const tar = join(context, "rootfs.tar");
      const owner = ["--owner=0", "--group=0", "--numeric-owner", "--sort=name"];
      await run("tar", ["-C", rootfs, ...owner, "-cf", tar, "."]);
      // An empty archive would become an image of 0 bytes without any error.
      if (recipe.from === undefined && statSync(tar).size < 1_000_000) throw new Error(`${tar} is empty`);
      const main = packages.find((p) => p.name === recipe.mainPackage);
      await buildImage(this.#docker, context, reference, base, {
        [STANDIN_LABEL]: hash,
        [HOLDS_LABEL]: main === undefined ? recipe.holds : `${recipe.holds} (${main.version})`,
      });
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
  }

  async #missingLayers(recipe: Recipe): Promise<Recipe[]> {
    if (recipe.from === undefined) return [];
    const layer = RECIPES[recipe.from];
    const reference = `${LAYER_REPOSITORY}/${layer.name}:${this.#hashes.layer(recipe.from)}`;
    if ((await findImage(this.#docker, reference)) !== undefined) return [];
    return [layer, ...(await this.#missingLayers(layer))];
  }

  #chain(recipe: Recipe): Recipe[] {
    return recipe.from === undefined ? [recipe] : [...this.#chain(RECIPES[recipe.from]), recipe];
  }

  /** Contexts and half-fetched files of a run that was killed more than an hour ago. */
  #removeLeftovers(): void {
    for (const parent of [this.#cache, join(this.#cache, "debian"), join(this.#cache, "wheels")]) {
      if (!existsSync(parent)) continue;
      for (const name of readdirSync(parent)) {
        const path = join(parent, name);
        const old = /^(context|fetch)-/.test(name) && Date.now() - statSync(path).mtimeMs > 3_600_000;
        if (old) rmSync(path, { recursive: true, force: true });
      }
    }
  }
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
