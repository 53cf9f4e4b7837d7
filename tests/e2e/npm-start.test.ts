import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readVersions } from "../../versions.ts";
import { docker, run, sweepNames } from "../support/stack.ts";

/** A clone as a new user has it, but with the caches of this checkout: what takes minutes is measured by the bench. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PREFIX = "e2estart";
const URL_ = "http://work.localhost:18085";
let clone: string;

before(async () => {
  await sweepNames(`${PREFIX}_`);
  const folder = mkdtempSync(join(tmpdir(), "plane-ops-start-"));
  clone = join(folder, "plane-ops");
  await must("git", "clone", "--quiet", ROOT, clone);
  await must("mkdir", join(clone, ".plane-ops"));
  await must("cp", "-a", join(ROOT, "node_modules"), clone);
  await must("mkdir", join(clone, ".plane-ops", "cache"));
  // What tests alone use (n8n, OpenClaw) is gigabytes, and other tests are putting it there.
  for (const part of [
    "cache/compile",
    "cache/images",
    "cache/node",
    "cache/plugins",
    "cache/tools",
    "bin",
    "node_modules.json",
  ])
    if (existsSync(join(ROOT, ".plane-ops", part)))
      await must("cp", "-a", join(ROOT, ".plane-ops", part), join(clone, ".plane-ops", part));
  const settings = {
    "platform:prefix": PREFIX,
    "platform:httpPort": "18085",
    "platform:subnetPrefix": "10.224",
  };
  const lines = Object.entries(settings).map(([key, value]) => `  ${key}: "${value}"\n`);
  writeFileSync(join(clone, "Pulumi.local.yaml"), `config:\n${lines.join("")}`);
});

after(async () => {
  await npm("run", "down");
  rmSync(join(clone, ".."), { recursive: true, force: true });
});

test("npm start ends with Plane's URL, the accounts with their commands, memory, what is off and what to try", async () => {
  const { code, text } = await npm("start");
  assert.equal(code, 0, text);
  for (const part of ["Pulumi CLI: ", "Pulumi plugins: ", "Docker: ", "Images: "])
    assert.ok(text.includes(part), `${part}\n${text}`);
  assert.match(text, new RegExp(`Plane is at ${URL_}`));
  assert.match(text, /MinIO.*npm run -s pulumi -- stack output storagePassword --show-secrets -s local/);
  assert.match(text, /e2estart_plane_api +384 MiB/);
  assert.match(text, /sum +1728 MiB/);
  for (const part of ["notifications", "openclaw", "monitoring", "backup"])
    assert.match(
      text,
      new RegExp(`^ *\\w+: npm run pulumi -- config set ${part}:enabled true -s local$`, "m"),
    );
  assert.match(text, /npm run status/);
  assert.equal((await run("curl", ["-s", `${URL_}/api/health`])).text, '{"status": "OK"}');
});

test("the printed command shows a password, and only the password", async () => {
  const { text } = await npm(
    "run",
    "-s",
    "pulumi",
    "--",
    "stack",
    "output",
    "storagePassword",
    "--show-secrets",
    "-s",
    "local",
  );
  const environment = await docker("exec", `${PREFIX}_plane_minio`, "printenv", "MINIO_ROOT_PASSWORD");
  assert.equal(text.trim(), environment);
});

test("state, passphrase and Plane's files stay out of git, and the passphrase is for its owner alone", async () => {
  assert.equal((await must("git", "-C", clone, "status", "--porcelain")).trim(), "");
  assert.equal(statSync(join(clone, ".plane-ops/passphrase")).mode & 0o777, 0o600);
});

test("a second npm start changes nothing", async () => {
  const created = await docker("inspect", "--format", "{{.Created}}", `${PREFIX}_plane_api`);
  const { code, text } = await npm("start");
  assert.equal(code, 0, text);
  assert.match(text, /Stack: no change/);
  assert.equal(await docker("inspect", "--format", "{{.Created}}", `${PREFIX}_plane_api`), created);
});

test("npm run status shows each container's health and that Plane answers", async () => {
  const { text } = await npm("run", "status");
  assert.match(text, /e2estart_plane_api +running, healthy +\d+ of 384 MiB/);
  assert.match(text, new RegExp(`${URL_} answers`));
});

test("npm run down removes what start made and leaves what it found", async () => {
  const images = await imageIds();
  const { code, text } = await npm("run", "down");
  assert.equal(code, 0, text);
  for (const kind of ["container", "network", "volume"])
    assert.equal(await docker(kind, "ls", "--quiet", "--filter", `name=${PREFIX}_`), "", kind);
  assert.deepEqual(
    readdirSync(clone).filter((name) => name.startsWith(".plane-ops")),
    [],
  );
  assert.equal(await imageIds(), images);
});

/** Of the images that start provides: what other tests make and remove meanwhile is not its doing. */
async function imageIds(): Promise<string> {
  return docker("image", "inspect", "--format", "{{.Id}}", ...Object.values(readVersions().images));
}

/** npm with Node as a new user has it: nothing of this checkout's set-up on PATH. */
function npm(...args: string[]): Promise<{ code: number; text: string }> {
  const path = (process.env.PATH ?? "").split(":").filter((folder) => !folder.startsWith(ROOT));
  const { PULUMI_HOME: _, ...rest } = process.env;
  return run("npm", args, { cwd: clone, env: { ...rest, PATH: path.join(":"), NO_COLOR: "1" } });
}

async function must(program: string, ...args: string[]): Promise<string> {
  const { code, text } = await run(program, args);
  assert.equal(code, 0, `${program} ${args.join(" ")}: ${text}`);
  return text;
}
