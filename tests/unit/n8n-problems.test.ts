import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { SCOPES } from "../../providers/n8n/client.ts";
import { n8nProblems } from "../../providers/n8n/problems.ts";

/** What an n8n says of itself: its page as 2.30.7 was seen to serve it, and what its key may do. */
async function problemsOf(version: string, scopes: string[]): Promise<string[]> {
  const meta = Buffer.from(JSON.stringify({ dsn: "", release: `n8n@${version}` })).toString("base64");
  const server = createServer((request, response) => {
    if (request.url === "/") response.end(`<meta name="n8n:config:sentry" content="${meta}">`);
    else response.end(JSON.stringify({ data: { scopes } }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await n8nProblems({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      apiKey: "k",
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("NOTIF-03: an n8n of a version that nobody has tested is refused, with the one that was", async () => {
  assert.deepEqual(await problemsOf("2.30.7", SCOPES), []);
  const [problem = "", ...more] = await problemsOf("2.41.3", SCOPES);
  assert.deepEqual(more, []);
  assert.match(problem, /is version 2\.41\.3; .*2\.30\.7 only.*notifications:enabled false/);
});

test("NOTIF-03: what the API key may not do is named, beside what else is wrong", async () => {
  const few = SCOPES.filter((scope) => scope !== "dataTable:create" && scope !== "workflow:activate");
  const problems = await problemsOf("2.41.3", few);
  assert.equal(problems.length, 2);
  assert.match(problems[1] ?? "", /may not dataTable:create, workflow:activate: .*notifications:n8nApiKey/);
});
