// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane } from "../support/insidePlane.ts";
import { PlaneServer } from "../support/planeServer.ts";

let server: PlaneServer;
let engine: InProcessEngine;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000 });
  engine = new InProcessEngine(await insidePlane(server.url));
});
after(() => server.close());

test("PROV-01: an empty Plane becomes the whole workspace", async (context) => {
  const steps = await engine.up();
  assert.ok(Object.values(steps).every((step) => step === "create"));
  context.diagnostic(`${Object.keys(steps).length} resources in ${(await server.calls()).length} calls`);
});

test("a second run changes nothing and writes nothing", async () => {
  await server.clearCalls();
  assert.deepEqual(await engine.up(), {});
  assert.deepEqual(await server.calls(), []);
});

test("a refresh of the whole workspace takes at most 25 calls and finds no drift", async (context) => {
  await server.clearCalls();
  await engine.refresh();
  const calls = await server.calls();
  context.diagnostic(`${calls.length} calls`);
  assert.ok(calls.length <= 25, JSON.stringify(calls.map(({ method, path }) => `${method} ${path}`)));
  assert.deepEqual(await engine.preview(), {});
});

test("a destroy leaves an empty workspace list, and an up after it works", async () => {
  await engine.destroy();
  assert.deepEqual(await server.sql("SELECT slug FROM workspaces WHERE deleted_at IS NULL"), []);
});
