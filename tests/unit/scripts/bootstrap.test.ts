import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../scripts/setup/paths.ts";

interface Bootstrap {
  isInstalled(lock: string, record: string): boolean;
  nodeProblem(version: string): string | undefined;
}
const bootstrap = path.join(projectRoot, "scripts", "bootstrap.mjs");
const { isInstalled, nodeProblem } = (await import(bootstrap)) as Bootstrap;

const lock = (packages: object) => JSON.stringify({ packages: { "": {}, ...packages } });

test("node_modules is complete when npm's own record has every package in its version", () => {
  const wanted = lock({
    "node_modules/a": { version: "1.0.0" },
    "node_modules/b": { version: "2.0.0", optional: true },
  });
  assert.equal(isInstalled(wanted, lock({ "node_modules/a": { version: "1.0.0" } })), true);
  assert.equal(isInstalled(wanted, lock({ "node_modules/a": { version: "1.0.1" } })), false);
  assert.equal(isInstalled(wanted, lock({ "node_modules/b": { version: "2.0.0" } })), false);
});

test("an optional package in another version is not complete", () => {
  const wanted = lock({ "node_modules/b": { version: "2.0.0", optional: true } });
  assert.equal(isInstalled(wanted, lock({ "node_modules/b": { version: "1.0.0" } })), false);
});

test("an interrupted installation, which leaves no record, is not complete", () => {
  assert.equal(isInstalled(lock({}), ""), false);
  assert.equal(isInstalled(lock({}), "{"), false);
});

test("a Node older than 20 is named, with what to do", () => {
  assert.match(
    nodeProblem("18.20.4") ?? "",
    /^Node 18\.20\.4 runs this command; 20 or newer is needed\. Install it/,
  );
  for (const version of ["20.0.0", "24.21.0"]) assert.equal(nodeProblem(version), undefined);
});

test("an unknown command names the known ones, and every command has a help text", () => {
  const wrong = spawnSync(process.execPath, [bootstrap, "strat"], { encoding: "utf8" });
  assert.equal(wrong.status, 1);
  assert.match(
    wrong.stderr,
    /<start\|status\|down\|test\|pulumi\|bench\|matrix\|openclaw\|backup\|restore\|drill>/,
  );
  for (const command of [
    "start",
    "status",
    "down",
    "test",
    "bench",
    "matrix",
    "openclaw",
    "backup",
    "restore",
    "drill",
  ]) {
    const help = spawnSync(process.execPath, [bootstrap, command, "--help"], { encoding: "utf8" });
    assert.equal(help.status, 0);
    assert.match(help.stdout, new RegExp(`^npm (run )?${command}`), command);
  }
});
