import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type Docker from "dockerode";
import { Bench } from "./harness.ts";

const bench = new Bench("pages");
const pages: Record<"planeFrontend" | "planeAdmin", Docker.Container | undefined> = {
  planeFrontend: undefined,
  planeAdmin: undefined,
};

before(async () => {
  await bench.open(["planeFrontend", "planeAdmin"]);
  for (const name of ["planeFrontend", "planeAdmin"] as const) {
    pages[name] = await bench.run({ name, capabilities: ["CHOWN", "SETGID", "SETUID"], memoryMb: 64 });
  }
  await bench.until("both pages", async () =>
    [await get("planeFrontend", "/"), await get("planeAdmin", "/god-mode/")].every((page) =>
      page.includes("<title>"),
    ),
  );
});
after(() => bench.close());

async function get(name: keyof typeof pages, path: string): Promise<string> {
  const url = `http://127.0.0.1:3000${path}`;
  return (await bench.exec(pages[name] as Docker.Container, ["wget", "-q", "-O", "-", url])).stdout;
}

test("the web page is served on 3000 for every path of the single-page app", async () => {
  for (const path of ["/", "/javisi/projects/", "/sign-up"]) {
    assert.match(await get("planeFrontend", path), /<title>Plane<\/title>/);
  }
});

test("the admin page is served below /god-mode only", async () => {
  for (const path of ["/god-mode/", "/god-mode/general/"]) {
    assert.match(await get("planeAdmin", path), /God mode/);
  }
  assert.equal(await get("planeAdmin", "/elsewhere/"), "");
});
