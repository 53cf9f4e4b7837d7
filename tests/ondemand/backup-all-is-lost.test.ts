import "../../plane/localhost.ts";
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseConfig } from "../../config.ts";
import { archivesOf, type Place, placeOfBackups, program } from "../../scripts/backup/place.ts";
import { restore } from "../../scripts/backup/sequence.ts";
import { readVersions } from "../../versions.ts";
import { docker, run, sweepNames, TestStack } from "../support/stack.ts";

/** The chapter "Tout est perdu" of docs/runbooks/backup.md, step by step. */
const PREFIX = "e2elost";
const SITE = "http://work.localhost:18092";
const PASSPHRASE = "a-passphrase-of-a-test";
const SETTINGS = {
  "platform:prefix": PREFIX,
  "platform:httpPort": "18092",
  "platform:subnetPrefix": "10.236",
  "backup:enabled": "true",
};
const folder = mkdtempSync(join(tmpdir(), "plane-ops-lost-"));
let stack: TestStack;

before(async () => {
  await sweepNames(`${PREFIX}_`);
  stack = await TestStack.create("lost", SETTINGS);
  await stack.setSecret("backup:passphrase", PASSPHRASE);
  await up();
});

after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stack?.dispose();
});

async function up(...args: string[]): Promise<void> {
  const { code, text } = await stack.up("--refresh", ...args);
  assert.equal(code, 0, text);
}

function place(): Promise<Place> {
  return placeOfBackups(
    parseConfig(SETTINGS, {
      ...{ project: "plane-ops", stack: stack.name, directory: stack.directory },
      ...{ images: readVersions().images, secretKeys: new Set<string>() },
    }),
  );
}

async function api<T>(token: string, path: string, body?: object): Promise<T> {
  const answer = await fetch(`${SITE}/api/v1/workspaces/javisi/${path}`, {
    method: body ? "POST" : "GET",
    headers: { "X-Api-Key": token, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return (await answer.json()) as T;
}

const tokenOf = async (name: string) =>
  (((await stack.outputs())["tokens"] as Record<string, string>)[name] ?? "") as string;

interface Named {
  id: string;
  name: string;
}

/** Where the example project's tasks are. */
async function tasksOf(token: string): Promise<string> {
  const { results } = await api<{ results: Named[] }>(token, "projects/");
  return `projects/${results.find(({ name }) => name === "Onboarding")?.id}/work-items/`;
}

async function tasks(token: string): Promise<string[]> {
  const { results } = await api<{ results: Named[] }>(token, await tasksOf(token));
  return results.map(({ id, name }) => `${id} ${name}`).sort();
}

test("INFRA-05: on an empty host an archive and two passphrases bring everything back, and the stack takes it for its own", async () => {
  const old = await tokenOf("imhotep");
  await api(old, await tasksOf(old), { name: "Ce qui ne doit pas se perdre" });
  const saved = await tasks(old);

  const first = await place();
  mkdirSync(first.folder.exports, { recursive: true });
  writeFileSync(join(first.folder.exports, "lost.json"), await stack.state());
  await program(first, "run");
  const [archive = ""] = await archivesOf(first);
  cpSync(join(first.folder.archives, archive), join(folder, archive));

  await sweepNames(`${PREFIX}_`);
  rmSync(join(stack.directory, ".plane-ops"), { recursive: true, force: true });
  await stack.must("stack", "rm", "--yes", "--force", "--preserve-config");

  writeFileSync(join(folder, "phrase"), PASSPHRASE, { mode: 0o600 });
  const part = `tar -xOf ${archive} stack.json.gpg | gpg --batch --pinentry-mode loopback --passphrase-file phrase --decrypt > stack.json`;
  const given = await run("bash", ["-o", "pipefail", "-c", part], { cwd: folder });
  assert.equal(given.code, 0, given.text);
  await stack.must("stack", "init", stack.name);
  await stack.must("stack", "import", "--file", join(folder, "stack.json"));
  // The platform first: what is in a server is looked for when there is one.
  await up("--target", "**EmbeddedPlatform**");
  await up();
  const second = await place();
  cpSync(join(folder, archive), join(second.folder.archives, archive));
  await restore(second, archive, { say: () => {}, confirm: async () => {} });
  await up();

  assert.deepEqual(await stack.drift(), {});
  const now = await tokenOf("imhotep");
  assert.deepEqual(await tasks(now), saved);
  assert.deepEqual(await tasks(old), saved);
  assert.equal(
    await docker("ps", "--quiet", "--filter", `name=^${PREFIX}_`, "--filter", "health=unhealthy"),
    "",
  );
});
