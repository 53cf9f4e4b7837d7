import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readVersions } from "../../versions.ts";
import { docker, run, sweepNames } from "../support/stack.ts";

/** The settings overlay under the Django, django-redis, redis-py and Celery that Plane 1.3.1 has, on a real Redis. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DJANGO = join(ROOT, "tests/standins/django");
const NAME = "plane-ops-overlay";
const PASSWORD = "password-of-a-test";

interface Seen {
  cached: string;
  throttle: number[];
  direct: string;
  cacheKeys: string[];
  brokerKeys: string[];
  existing: number;
  deleted: number;
  middleware: string[];
  keysAfterClear: string[];
}

let seen: Seen;

before(async () => {
  await sweepNames(NAME);
  const packages = await pythonPackages();
  await docker("network", "create", NAME);
  await docker(
    "run",
    "-d",
    "--name",
    NAME,
    "--network",
    NAME,
    readVersions().images.redis,
    "redis-server",
    "--requirepass",
    PASSWORD,
  );
  const address = await docker(
    "inspect",
    "--format",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
    NAME,
  );
  for (const database of [8, 9]) await redis("-n", String(database), "SET", "litellm:router", "busy");
  const folder = mkdtempSync(join(tmpdir(), "plane-ops-overlay-"));
  cpSync(DJANGO, folder, { recursive: true });
  cpSync(join(ROOT, "components/plane/overlay"), join(folder, "plane/settings"), { recursive: true });
  const url = `redis://:${PASSWORD}@${address}:6379`;
  const env = {
    ...process.env,
    PYTHONPATH: `${folder}:${packages}`,
    PYTHONDONTWRITEBYTECODE: "1",
    REDIS_URL: `${url}/8`,
    AMQP_URL: `${url}/9`,
  };
  const { code, text } = await run("python3", [join(folder, "exercise.py")], { env });
  rmSync(folder, { recursive: true });
  assert.equal(code, 0, text);
  seen = JSON.parse(text.slice(text.indexOf("{"))) as Seen;
});

after(async () => {
  await run("docker", ["rm", "-f", "-v", NAME]);
  await run("docker", ["network", "rm", NAME]);
});

test("INFRA-03: cache, throttles, direct clients and Celery's queue all stay under plane:", () => {
  const foreign = ["litellm:router"];
  assert.deepEqual(
    seen.cacheKeys.filter((key) => !key.startsWith("plane:")),
    foreign,
  );
  assert.deepEqual(
    seen.brokerKeys.filter((key) => !key.startsWith("plane:")),
    foreign,
  );
  assert.ok(seen.brokerKeys.includes("plane:celery"), seen.brokerKeys.join());
  for (const key of ["plane:1:instance", "plane:magic_1", "plane:magic_2"])
    assert.ok(seen.cacheKeys.includes(key), key);
});

test("what is written through the overlay reads back the same way", () => {
  assert.equal(seen.cached, "cached answer");
  assert.deepEqual(seen.throttle, [1, 2]);
  assert.equal(seen.direct, "direct");
  assert.deepEqual([seen.existing, seen.deleted], [2, 2]);
});

test("an API token stands in no key: the throttle's key has its hash", () => {
  const hash = createHash("sha256").update("plane_api_0123456789abcdef").digest("hex");
  assert.ok(seen.cacheKeys.includes(`plane:1:api_key:${hash}`));
  assert.ok(!seen.cacheKeys.some((key) => key.includes("plane_api_")));
});

test("INFRA-03: clearing the cache, as Plane's start does, leaves the keys of others", () => {
  assert.deepEqual(seen.keysAfterClear, ["litellm:router"]);
});

test("the middleware that prints tokens into the worker's log is left out, and no other", () => {
  assert.deepEqual(seen.middleware, ["django.middleware.common.CommonMiddleware"]);
});

function redis(...args: string[]): Promise<string> {
  return docker("exec", "-e", `REDISCLI_AUTH=${PASSWORD}`, NAME, "redis-cli", ...args);
}

/** The pinned Python packages, installed once below the ignored folder. */
async function pythonPackages(): Promise<string> {
  const requirements = join(DJANGO, "requirements.txt");
  // What is needed depends on Python's own version too: async-timeout only before 3.11.3.
  const { text: version } = await run("python3", ["--version"]);
  const hash = createHash("sha256")
    .update(readFileSync(requirements))
    .update(version)
    .digest("hex")
    .slice(0, 16);
  const folder = join(ROOT, ".plane-ops/cache/python", hash);
  if (existsSync(folder)) return folder;
  const next = `${folder}.${process.pid}`;
  const install = ["-m", "pip", "install", "--quiet", "--no-compile", "--target", next, "-r", requirements];
  if ((await run("python3", ["-m", "pip", "--version"])).code !== 0)
    await run("apt-get", ["install", "-y", "--no-install-recommends", "python3-pip"]);
  const { code, text } = await run("python3", install);
  assert.equal(code, 0, `this test needs ${requirements} from PyPI: ${text}`);
  renameSync(next, folder);
  return folder;
}
