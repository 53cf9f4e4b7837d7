import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { readConfig } from "../../skills/plane-bridge/core/config.ts";
import { isPaused } from "../../skills/plane-bridge/core/pause.ts";
import { Office } from "../../skills/plane-bridge/faces/plugin/office.ts";
import type { PluginApi } from "../../skills/plane-bridge/faces/plugin/openclaw.ts";
import { offerPause } from "../../skills/plane-bridge/faces/plugin/pause.ts";
import { BridgeHome } from "../support/bridgeHome.ts";

/** The route as OpenClaw calls it, behind a server of Node's. */
const SECRET = "the secret of the relay";
let handler: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
const server = createServer((request, response) => void handler(request, response));
let home: BridgeHome;
let office: Office;
let refusals: string[] = [];

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

after(() => {
  server.close();
  home.remove();
});

beforeEach(() => {
  home?.remove();
  home = BridgeHome.configured("http://127.0.0.1:9", {}, { paused: ["cfo"] });
  home.write("events", SECRET);
  home.write(
    "config.json",
    JSON.stringify({ ...home.settings, eventsSecretFile: join(home.folder, "events") }),
  );
  office = new Office(readConfig(join(home.folder, "config.json")), () => {});
  refusals = [];
  const registerHttpRoute = (route: { path: string; handler: typeof handler }) => {
    assert.equal(route.path, "/plane-bridge/pause");
    handler = route.handler;
  };
  offerPause({ registerHttpRoute } as unknown as PluginApi, office, () => refusals);
});

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

async function ask(request: object | string, signedWith = SECRET): Promise<[status: number, body: unknown]> {
  const body = typeof request === "string" ? request : JSON.stringify(request);
  const signature = createHmac("sha256", signedWith).update(body).digest("hex");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const answer = await fetch(url, {
    method: "POST",
    body,
    headers: { "x-plane-bridge-signature": signature },
  });
  return [answer.status, await answer.json()];
}

const pausedNow = () => readFileSync(join(home.settings.state, "paused"), "utf8").split("\n").filter(Boolean);

test("NOTIF-06: an agent is paused and woken again, and the answer says who is paused, by settings too", async () => {
  assert.deepEqual(await ask({ agent: "imhotep", paused: true, at: ago(3) }), [
    200,
    { paused: ["cfo", "imhotep"] },
  ]);
  assert.equal(isPaused(office.bridge.config, "imhotep"), true);
  assert.equal(isPaused(office.bridge.config, "thot"), false);
  assert.deepEqual(await ask({ agent: "imhotep", paused: false, at: ago(2) }), [200, { paused: ["cfo"] }]);
  assert.equal(isPaused(office.bridge.config, "imhotep"), false);
});

test("NOTIF-06: all are paused at once, one of them is not woken alone, and all are woken", async () => {
  assert.deepEqual(await ask({ agent: "imhotep", paused: true, at: ago(4) }), [
    200,
    { paused: ["cfo", "imhotep"] },
  ]);
  assert.deepEqual(await ask({ agent: "all", paused: true, at: ago(3) }), [200, { paused: ["all", "cfo"] }]);
  assert.deepEqual(await ask({ agent: "thot", paused: false, at: ago(2) }), [
    200,
    { paused: ["all", "cfo"] },
  ]);
  assert.equal(isPaused(office.bridge.config, "thot"), true);
  assert.deepEqual(await ask({ agent: "all", paused: false, at: ago(1) }), [200, { paused: ["cfo"] }]);
  assert.deepEqual(pausedNow(), []);
});

test("what is not signed, too old, older than the last, or asks for nobody changes nothing", async () => {
  const request = { agent: "imhotep", paused: true, at: ago(10) };
  await ask(request);
  assert.equal((await ask({ ...request, paused: false, at: ago(0) }, "another secret"))[0], 401);
  assert.equal((await ask({ ...request, paused: false, at: ago(301) }))[0], 409);
  assert.equal((await ask({ ...request, paused: false, at: ago(-301) }))[0], 409);
  assert.equal((await ask({ ...request, paused: false, at: ago(11) }))[0], 409);
  const [status, body] = await ask({ ...request, agent: "imothep", at: ago(0) });
  assert.equal(status, 400);
  assert.match(JSON.stringify(body), /no agent imothep.*"imhotep"/);
  for (const bad of [
    "",
    "[]",
    JSON.stringify({ ...request, at: "hier" }),
    JSON.stringify({ ...request, more: 1 }),
  ])
    assert.equal((await ask(bad))[0], 400, bad);
  assert.deepEqual(pausedNow(), ["imhotep"]);
});

test("the last request may come again: its answer may have been lost", async () => {
  const request = { agent: "imhotep", paused: true, at: ago(1) };
  const first = await ask(request);
  assert.deepEqual(await ask(request), first);
  assert.deepEqual(pausedNow(), ["imhotep"]);
});

test("a gateway that is not safe takes no request", async () => {
  refusals = ["agents are not sandboxed"];
  assert.equal((await ask({ agent: "imhotep", paused: true, at: ago(1) }))[0], 503);
});
