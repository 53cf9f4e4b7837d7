import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumOf } from "../../../scripts/setup/cli.ts";
import { goIsEnough, goProxies } from "../../../scripts/setup/go.ts";
import { projectRoot } from "../../../scripts/setup/paths.ts";
import { fits, loadVersions } from "../../../scripts/setup/versions.ts";

test("a CLI of the pinned minor or a newer one of the same major is taken", () => {
  for (const found of ["v3.259.0", "3.259.4", "v3.300.1"]) assert.equal(fits(found, "3.259.0"), true, found);
  for (const found of ["v3.258.9", "v4.259.0", "v2.300.0", "", "3.x"])
    assert.equal(fits(found, "3.259.0"), false, found);
});

test("a Go is enough from the go.mod's own version on", () => {
  for (const found of ["1.25.11", "1.25.12", "1.26", "1.26.8", "2.0.0"]) {
    assert.equal(goIsEnough(`go version go${found} linux/amd64`, "1.25.11"), true, found);
  }
  for (const found of ["1.25.10", "1.9.9", "1.25"]) {
    assert.equal(goIsEnough(`go version go${found} linux/amd64`, "1.25.11"), false, found);
  }
  assert.equal(goIsEnough("", "1.25.11"), false);
});

test("GOPROXY's proxies are taken in order, without direct and off", () => {
  assert.deepEqual(goProxies("https://one.example/,direct"), ["https://one.example"]);
  assert.deepEqual(goProxies("http://a.example|https://b.example/x,off"), [
    "http://a.example",
    "https://b.example/x",
  ]);
  assert.deepEqual(goProxies("off"), []);
  assert.equal(goProxies(undefined).length, 1);
});

test("a release's checksum is found by the exact file name", () => {
  const hash = "a".repeat(64);
  const sums = `${"b".repeat(64)}  other-pulumi.tar.gz\n${hash}  pulumi.tar.gz\n`;
  assert.equal(checksumOf(sums, "pulumi.tar.gz"), hash);
  assert.equal(checksumOf(`${hash} *pulumi.tar.gz`, "pulumi.tar.gz"), hash);
  assert.equal(checksumOf(sums, "umi.tar.gz"), undefined);
  assert.equal(checksumOf("<html>not found</html>", "pulumi.tar.gz"), undefined);
});

test("versions.yml pins a Go archive for each platform that can build the CLI", () => {
  const { goArchives, tools } = loadVersions(projectRoot);
  assert.match(tools.pulumi, /^3\.\d+\.\d+$/);
  for (const platform of ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"]) {
    assert.match(goArchives[platform] ?? "", /^[0-9a-f]{64}$/, platform);
  }
});
