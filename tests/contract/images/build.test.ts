import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { buildStandinImages, wantedFromVersions } from "../../standins/images/build.ts";
import { HOLDS_LABEL, STANDIN_LABEL } from "../../standins/images/engine.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const BUILD = new URL("../../standins/images/build.ts", import.meta.url).href;
const docker = new Docker();
const own = (name: string): string => `plane-ops-images-build-${process.pid}/${name}:test`;
const scratch = mkdtempSync(join(tmpdir(), "plane-ops-build-"));

after(async () => {
  for (const name of ["foreign", "killed"]) {
    await docker
      .getImage(own(name))
      .remove({ force: true })
      .catch(() => {});
  }
  rmSync(scratch, { recursive: true, force: true });
});

test("a second build of everything changes nothing, within a second", async () => {
  const wanted = wantedFromVersions(ROOT);
  await buildStandinImages(wanted, () => {});
  const said: string[] = [];
  const started = Date.now();
  const again = await buildStandinImages(wanted, (line) => said.push(line));
  assert.ok(Date.now() - started < 1000);
  assert.ok(again.every(({ outcome }) => outcome !== "built"));
  assert.ok(said.every((line) => line.includes("kept")));
});

test("every stand-in says by label that it is one and what it holds", async () => {
  for (const { name, reference } of wantedFromVersions(ROOT)) {
    const labels = (await docker.getImage(reference).inspect()).Config.Labels ?? {};
    assert.match(labels[STANDIN_LABEL] ?? "", /^[0-9a-f]{32}$/, reference);
    if (name === "postgresql") assert.match(labels[HOLDS_LABEL] ?? "", /PostgreSQL 15/);
  }
});

test("an image of the wanted reference that is no stand-in is kept as it is", async () => {
  const root = spawn("tar", ["-C", import.meta.dirname, "-cf", "-", "."]).stdout;
  const stream = await docker.importImage(root, { repo: own("foreign").replace(":test", ""), tag: "test" });
  await new Promise((resolve) => docker.modem.followProgress(stream, resolve));
  const before = (await docker.getImage(own("foreign")).inspect()).Id;
  const [result] = await buildStandinImages([{ name: "redis", reference: own("foreign") }], () => {});
  assert.equal(result?.outcome, "kept");
  assert.equal((await docker.getImage(own("foreign")).inspect()).Id, before);
});

test("a build killed half-way is simply done by the next run", async () => {
  const call = `import { buildStandinImages } from ${JSON.stringify(BUILD)};
    await buildStandinImages([{ name: "redis", reference: ${JSON.stringify(own("killed"))} }], console.log,
      { cache: ${JSON.stringify(scratch)} });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", call], { stdio: "ignore" });
  const downloads = join(scratch, "debian");
  const fetching = (): boolean =>
    existsSync(downloads) && readdirSync(downloads).some((f) => f.startsWith("fetch-"));
  for (let i = 0; i < 3000 && !fetching(); i++) await sleep(20);
  assert.ok(fetching(), "the download has begun");
  child.kill("SIGKILL");
  const [result] = await buildStandinImages([{ name: "redis", reference: own("killed") }], () => {}, {
    cache: scratch,
  });
  assert.equal(result?.outcome, "built");
  assert.ok((await docker.getImage(own("killed")).inspect()).Size > 10_000_000);
});
