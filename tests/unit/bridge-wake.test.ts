import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { after, test } from "node:test";
import { AGENTS } from "../../agents.ts";
import { parseConfig } from "../../skills/plane-bridge/core/config.ts";
import { wakeByHook } from "../../skills/plane-bridge/faces/plugin/wake.ts";

const folder = mkdtempSync(join(tmpdir(), "bridge-wake-"));
after(() => rmSync(folder, { recursive: true }));
const tokenFile = join(folder, "token");
writeFileSync(tokenFile, "geheim\n", { mode: 0o600 });

/** The hook of a gateway: answers with the statuses in order (0: hangs up), and then with 202. */
async function hook(...statuses: number[]): Promise<{ server: Server; url: string; asked: unknown[] }> {
  const asked: unknown[] = [];
  const server = createServer(async (request, response) => {
    const { authorization } = request.headers;
    asked.push({ path: request.url, authorization, ...((await json(request)) as object) });
    const status = statuses.shift() ?? 202;
    if (status === 0) request.socket.destroy();
    else response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`, asked };
}

/** Wakes an agent, and returns what was logged. */
async function wake(agentId: string, url: string | undefined): Promise<string[]> {
  const logged: string[] = [];
  const config = parseConfig({
    url: "http://plane",
    publicUrl: "http://plane",
    storeUrl: "http://store",
    workspace: "javisi",
    agents: AGENTS.map((agent) => ({ ...agent, email: `${agent.agentId}@javisi.local` })),
    concierge: "concierge",
    people: [],
    tokens: folder,
    state: folder,
    ...(url === undefined ? {} : { wake: { url, tokenFile } }),
  });
  await wakeByHook(config, (line) => logged.push(line))(agentId, "Regarde tes tâches.");
  return logged;
}

test("OPENCLAW-16: an agent is woken under OpenClaw's id, with the hooks' token and our words", async () => {
  const { server, url, asked } = await hook();
  try {
    assert.deepEqual(await wake("imhotep", url), []);
    assert.deepEqual(asked, [
      {
        path: "/hooks/plane-bridge-builder",
        authorization: "Bearer geheim",
        message: "Regarde tes tâches.",
      },
    ]);
  } finally {
    server.close();
  }
});

test("OPENCLAW-15: a connection that breaks is tried again", async () => {
  const { server, url, asked } = await hook(0);
  try {
    assert.deepEqual(await wake("thot", url), []);
    assert.equal(asked.length, 2);
  } finally {
    server.close();
  }
});

test("OPENCLAW-15: a refusal is logged without the token, and not tried again", async () => {
  const { server, url, asked } = await hook(401);
  try {
    const logged = await wake("thot", url);
    assert.deepEqual(logged, ["thot could not be woken: OpenClaw's hook answered 401"]);
    assert.equal(asked.length, 1);
  } finally {
    server.close();
  }
});

test("nobody is woken who is no agent of ours: OpenClaw would run its default agent", async () => {
  const { server, url, asked } = await hook();
  try {
    assert.deepEqual(await wake("builder", url), ["builder cannot be woken: it is no agent of ours"]);
    assert.deepEqual(asked, []);
    assert.deepEqual(await wake("thot", undefined), ["thot cannot be woken: no hook is configured"]);
  } finally {
    server.close();
  }
});
