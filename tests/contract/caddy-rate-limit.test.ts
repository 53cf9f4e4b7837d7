// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { planeSite } from "../../components/plane/caddyfile.ts";
import { buildCaddyRateLimit } from "../support/caddyRateLimit.ts";
import { freePort } from "../support/freePort.ts";
import { ServerProcess } from "../support/serverProcess.ts";

/** Plane's site in a real Caddy with the module; each test is a client with a loopback address of its own. */
const WORKER = "127.0.9.9";
const agent = new Agent({ keepAlive: true });
let folder: string;
let port: number;
let caddy: ServerProcess;
/** In the place of n8n and of Plane: says how long a body was. */
const upstream = createServer((incoming, response) => {
  // A body that Caddy refuses midway ends here as an error.
  text(incoming).then(
    ({ length }) => response.end(`${incoming.url} ${length}`),
    () => response.destroy(),
  );
});

before(async () => {
  const command = await buildCaddyRateLimit();
  folder = mkdtempSync(join(tmpdir(), "plane-ops-rate-limit-"));
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const there = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  port = await freePort();
  const site = planeSite({
    address: `http://127.0.0.1:${port}`,
    allowedClients: ["127.0.0.0/8"],
    bucket: "uploads",
    fileSizeLimit: 1,
    rateLimit: { exempt: ["127.0.9.0/24"] },
  });
  const file = join(folder, "Caddyfile");
  writeFileSync(file, `{\n\tadmin off\n}\n${site.replaceAll(/[a-z0-9-]+:(5678|8000|3000|9000)/g, there)}`);
  caddy = await ServerProcess.start({
    command,
    args: ["run", "--config", file, "--adapter", "caddyfile"],
    folder,
    env: { HOME: folder },
    log: join(folder, "log"),
    health: `http://127.0.0.1:${port}/api/health`,
  });
});

after(async () => {
  agent.destroy();
  await caddy?.stop();
  upstream.close();
  upstream.closeAllConnections();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

interface Sent {
  from: string;
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Answer {
  status: number;
  text: string;
  retryAfter: number | undefined;
}

async function send({ from, path = "/webhooks/plane", method = "POST", headers = {}, body = "{}" }: Sent) {
  const outgoing = request({
    agent,
    host: "127.0.0.1",
    port,
    localAddress: from,
    path,
    method,
    headers: { "content-length": Buffer.byteLength(body), ...headers },
  });
  // Caddy refuses what is too long while it is still being sent.
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  outgoing.end(body);
  const [response] = await answered;
  const waits = response.headers["retry-after"];
  return {
    status: response.statusCode ?? 0,
    text: await text(response),
    retryAfter: waits === undefined ? undefined : Number(waits),
  } satisfies Answer;
}

/** The answers to that many of the same, one after the other. */
async function sendMany(count: number, what: (n: number) => Sent): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let n = 0; n < count; n++) answers.push(await send(what(n)));
  return answers;
}

const statuses = (answers: Answer[]) => answers.map(({ status }) => status);
const all = (count: number, status: number) => Array.from({ length: count }, () => status);

test("NOTIF-02: a client's first 100 requests of a minute pass, and the next is told how long to wait", async () => {
  const from = "127.0.1.1";
  assert.deepEqual(statuses(await sendMany(100, () => ({ from }))), all(100, 200));
  const { status, retryAfter } = await send({ from });
  assert.equal(status, 429);
  assert.ok(retryAfter !== undefined && retryAfter > 0 && retryAfter <= 61, `${retryAfter}`);
  assert.equal((await send({ from: "127.0.1.2" })).status, 200, "another client has its own hundred");
});

test("NOTIF-02: of requests that come at once no more than 100 pass", async () => {
  const answers = await Promise.all(Array.from({ length: 150 }, () => send({ from: "127.0.2.1" })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 100);
  assert.equal(answers.filter(({ status }) => status === 429).length, 50);
});

test("NOTIF-02: both public paths count together", async () => {
  const path = (n: number) => (n % 2 === 0 ? "/webhooks/plane" : "/webhooks/telegram");
  const answers = await sendMany(102, (n) => ({ from: "127.0.3.1", path: path(n) }));
  assert.deepEqual(statuses(answers), [...all(100, 200), 429, 429]);
});

test("NOTIF-02: a forged X-Forwarded-For makes nobody another client, nor one of the platform", async () => {
  const headers = (n: number) => ({ "x-forwarded-for": n % 2 === 0 ? WORKER : `198.51.100.${n}` });
  const answers = await sendMany(102, (n) => ({ from: "127.0.4.1", headers: headers(n) }));
  assert.deepEqual(statuses(answers), [...all(100, 200), 429, 429]);
});

test("NOTIF-02: Plane's own deliveries are never refused", async () => {
  assert.deepEqual(statuses(await sendMany(250, () => ({ from: WORKER }))), all(250, 200));
});

test("NOTIF-02: who is refused there still reaches the rest of the site", async () => {
  const from = "127.0.5.1";
  await sendMany(100, () => ({ from }));
  assert.equal((await send({ from })).status, 429);
  assert.deepEqual(await send({ from, path: "/javisi/projects/", method: "GET", body: "" }), {
    status: 200,
    text: "/javisi/projects/ 0",
    retryAfter: undefined,
  });
  assert.equal((await send({ from, path: "/webhooks/other" })).status, 404);
});

test("NOTIF-02: a body of 1 MB reaches n8n, and one byte more is refused", async () => {
  const from = "127.0.6.1";
  const body = "x".repeat(1024 * 1024);
  assert.deepEqual(await send({ from, body }), {
    status: 200,
    text: `/webhook/plane ${body.length}`,
    retryAfter: undefined,
  });
  assert.equal((await send({ from, body: `${body}x` })).status, 413);
});
