import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pathsOf } from "../../scripts/setup/paths.ts";
import { installOnce } from "../support/installOnce.ts";

const name = `install-once-test-${process.pid}`;

afterEach(() => rmSync(join(pathsOf().cache, name), { recursive: true, force: true }));

test("what is installed once is not installed again, also by two at the same time", async () => {
  let installed = 0;
  const install = async (folder: string) => {
    await sleep(50);
    writeFileSync(join(folder, "program"), "");
    installed += 1;
  };
  const folders = await Promise.all([
    installOnce(name, "1.0.0", install),
    installOnce(name, "1.0.0", install),
  ]);
  assert.equal(await installOnce(name, "1.0.0", install), folders[0]);
  assert.equal(installed, 1);
  assert.equal(new Set(folders).size, 1);
  assert.equal(dirname(folders[0]), join(pathsOf().cache, name));
});

test("an installation that failed is begun anew", async () => {
  const broken = async (folder: string) => {
    writeFileSync(join(folder, "half"), "");
    throw new Error("the registry does not answer");
  };
  await assert.rejects(installOnce(name, "1.0.0", broken), /the registry does not answer/);
  let installed = false;
  await installOnce(name, "1.0.0", async () => {
    installed = true;
  });
  assert.ok(installed);
});
