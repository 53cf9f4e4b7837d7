import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { checkSpace } from "../../../scripts/setup/disk.ts";
import { loadMade, noteImage, updateMade } from "../../../scripts/setup/made.ts";
import { type Paths, pathsOf } from "../../../scripts/setup/paths.ts";
import { isUntouched, provideWorkspace, stackFile } from "../../../scripts/setup/workspace.ts";

function inFolder(run: (paths: Paths) => void): void {
  const root = mkdtempSync(path.join(tmpdir(), "plane-ops-workspace-"));
  try {
    run(pathsOf(root));
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("the passphrase is random, readable by its owner only, and kept", () => {
  inFolder((paths) => {
    provideWorkspace(paths);
    const first = readFileSync(paths.passphrase, "utf8");
    assert.equal(statSync(paths.passphrase).mode & 0o777, 0o600);
    assert.ok(first.trim().length >= 40);
    provideWorkspace(paths);
    assert.equal(readFileSync(paths.passphrase, "utf8"), first);
  });
});

test("Pulumi.local.yaml is written once, noted as ours, and known as untouched with Pulumi's salt in it", () => {
  inFolder((paths) => {
    provideWorkspace(paths);
    assert.equal(loadMade(paths).settings, true);
    const text = readFileSync(paths.settings, "utf8");
    assert.equal(isUntouched(`${text}encryptionsalt: v1:abc:v1:def\n`), true);
    assert.equal(isUntouched("encryptionsalt: v1:abc:v1:def\n"), true);
    assert.equal(isUntouched(`${text}config:\n  platform:prefix: other\n`), false);
  });
});

test("settings of the user's are neither overwritten nor noted as ours", () => {
  inFolder((paths) => {
    writeFileSync(paths.settings, "config:\n  platform:prefix: mine\n");
    provideWorkspace(paths);
    assert.equal(readFileSync(paths.settings, "utf8"), "config:\n  platform:prefix: mine\n");
    assert.equal(loadMade(paths).settings, false);
  });
});

test("a salt of an earlier passphrase is dropped, unless secrets of the user's hang on it", () => {
  inFolder((paths) => {
    writeFileSync(paths.settings, "config:\n  platform:prefix: mine\nencryptionsalt: v1:old\n");
    provideWorkspace(paths);
    assert.equal(readFileSync(paths.settings, "utf8"), "config:\n  platform:prefix: mine\n");
  });
  inFolder((paths) => {
    writeFileSync(paths.settings, "config:\n  platform:x:\n    secure: v1:abc\nencryptionsalt: v1:old\n");
    assert.throws(
      () => provideWorkspace(paths),
      /secret settings that were encrypted with a passphrase that is gone/,
    );
  });
});

test("a state without its passphrase is refused with both ways out", () => {
  inFolder((paths) => {
    mkdirSync(path.dirname(stackFile(paths)), { recursive: true });
    writeFileSync(stackFile(paths), "{}");
    assert.throws(() => provideWorkspace(paths), /Put the file back, or .*npm run down && npm start/);
  });
});

test("made.json survives damage and keeps one note per image", () => {
  inFolder((paths) => {
    mkdirSync(paths.base);
    writeFileSync(paths.made, "{ half");
    assert.deepEqual(loadMade(paths), { packages: [], images: [], settings: false });
    updateMade(paths, (made) => noteImage(made, { reference: "a:1", id: "old" }));
    updateMade(paths, (made) => noteImage(made, { reference: "a:1", id: "new" }));
    assert.deepEqual(loadMade(paths).images, [{ reference: "a:1", id: "new" }]);
  });
});

test("too little disk space is refused with what is there and what is needed", () => {
  assert.doesNotThrow(() => checkSpace([tmpdir()], 1));
  assert.throws(
    () => checkSpace([path.join(tmpdir(), "not", "there", "yet")], 2 ** 60),
    /has \d+\.\d GiB free; 1073741824\.0 GiB are needed/,
  );
});
