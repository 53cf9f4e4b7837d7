// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { signature } from "../../standins/plane-server/plane/deliveries.ts";
import { sanitizeHtml } from "../../standins/plane-server/plane/html.ts";
import { PlaneServer } from "../../support/planeServer.ts";
import { outline } from "./compare.ts";
import {
  type Delivery,
  type Exchange,
  Replay,
  type Result,
  recordedDeliveries,
  recordings,
} from "./replay.ts";

/** Recorded routes that the product does not call, and nobody implements here. */
const BEYOND = [
  /\/cycles\//,
  /\/modules\//,
  /\/intake-issues\//,
  /\/pages\//,
  /\/views\//,
  /\/stickies\//,
  /\/assets\//,
  /\/links\//,
  /\/webhook-logs\//,
  /\/summary\//,
  /\/issue-relation\//,
  /\/estimate-points\//,
  /\/project-estimates\//,
  /\/estimates\/(.+\/)?$/,
  /\/settings\/$/,
  /\/admins\/session\/$/,
  /\/users\/session\/$/,
  /^\/api\/workspaces\/\w+\/(projects\/[^/]+\/)?issues\/$/,
  /^\/api\/v1\/workspaces\/\w+\/$/,
  /^http:/,
];

const INFRA = "d6092444-126a-4e76-a81b-076acd02c50b";

const all = recordings();
const results: Result[] = [];
const deliveries: Delivery[] = [];
/** Secrets by the webhook's id. */
const secrets = new Map<string, string>();
/** What the first webhook got from the recorded Plane, as far as events happen here too. */
const HOOK = recordedDeliveries().filter(
  ({ path, body }) => path === "/hook" && !["cycle", "module"].includes(JSON.parse(body).event),
);
let server: PlaneServer;
let receiver: Server;

before(async () => {
  receiver = createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray()).toString("utf8");
    deliveries.push({ path: incoming.url ?? "", body, headers: incoming.headers });
    if (incoming.url === "/redir302") response.writeHead(302, { location: "/" });
    else response.statusCode = incoming.url === "/fail500" ? 500 : 200;
    response.end("ok");
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  server = await PlaneServer.start({
    apiRateLimit: 60_000,
    env: { AWS_S3_ENDPOINT_URL: "http://127.0.0.1:19000", AWS_ACCESS_KEY_ID: "access-key" },
  });
  const other = { API_KEY_RATE_LIMIT: "60/minute" };
  const behindHttps = {
    CORS_ALLOWED_ORIGINS: "https://plane.javisi.test",
    WEB_URL: "https://plane.javisi.test",
    WEBHOOK_ALLOWED_HOSTS: "127.0.0.1,hooks.javisi.test",
    WEBHOOK_ALLOWED_IPS: "",
  };
  const https = await server.another(behindHttps);
  const variants = {
    rate60: await server.another(other),
    "https-cors": https,
    "manual-cookie": https,
    "use-minio": await server.another({ USE_MINIO: "1", AWS_REGION: "" }),
  };
  const closed = await closedPort();
  const ports = { 18099: (receiver.address() as { port: number }).port, 18098: closed };
  // The recordings come from three databases: the second was never set up, the third is the shortest bring-up.
  const databases = [
    all.filter(({ seq }) => seq < 777 || seq > 812),
    all.filter(({ seq }) => seq >= 777 && seq < 788),
    all.filter(({ seq }) => seq >= 788 && seq <= 812),
  ];
  for (const exchanges of databases) {
    await server.reset();
    const replay = new Replay(server, variants, ports);
    for (const exchange of ordered(exchanges)) {
      await prepare(exchange, replay);
      if (!isBeyond(exchange) || !exchange.path.startsWith("http")) results.push(await replay.run(exchange));
    }
    replay.close();
  }
});

after(async () => {
  await server?.close();
  receiver?.close();
});

test("every recorded exchange of the routes that the product calls is answered as by Plane 1.3.1", (context) => {
  const own = results.filter(({ exchange }) => !isBeyond(exchange));
  const wrong = own.filter((result) => result.differences.length > 0);
  const share = (100 * (own.length - wrong.length)) / own.length;
  context.diagnostic(`${own.length - wrong.length} of ${own.length} exchanges match: ${share.toFixed(1)} %`);
  const beyond = results.filter(({ exchange }) => isBeyond(exchange));
  const unlike = [...new Set(beyond.filter((r) => r.differences.length > 0).map((r) => r.exchange.case))];
  context.diagnostic(`beyond: ${beyond.length} exchanges, unlike: ${unlike.join(" ")}`);
  assert.deepEqual(
    wrong.map(
      ({ exchange, differences }) =>
        `${exchange.seq} ${exchange.case}: ${differences.slice(0, 4).join("; ")}`,
    ),
    [],
  );
});

test("webhooks get the recorded deliveries: one for each changed field, signed, with the same body", async () => {
  const inOrder = (list: Delivery[]): unknown[] =>
    list
      .map(({ body }) => outline(JSON.parse(body)))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  assert.deepEqual(inOrder(received("/hook")), inOrder(HOOK));
  const [recorded] = HOOK;
  for (const { body, headers } of received("/hook")) {
    const { event, webhook_id: webhook } = JSON.parse(body);
    const hmac = createHmac("sha256", secrets.get(webhook) ?? "");
    assert.equal(headers["x-plane-signature"], hmac.update(body).digest("hex"));
    assert.equal(headers["x-plane-event"], event);
    for (const name of ["content-type", "user-agent"]) assert.equal(headers[name], recorded?.headers[name]);
  }
  const numbers = received("/hook").map(({ headers }) => headers["x-plane-delivery"]);
  assert.equal(new Set(numbers).size, numbers.length);
});

test("an answer of 500 and a redirect count as delivered, a closed port switches the webhook off", () => {
  for (const path of ["/fail500", "/redir302"]) {
    const bodies = received(path).map(({ body }) => body);
    assert.ok(bodies.length > 0);
    assert.equal(new Set(bodies).size, bodies.length, `${path}: no attempt comes twice`);
  }
  // That the closed one is off by now, and the others are on, is exchange 813.
  assert.equal(received("/closed").length, 0);
});

test("a signature is the hexadecimal HMAC-SHA256 of the raw body", () => {
  const { secret, vectors } = JSON.parse(
    readFileSync(new URL("webhook-signature-vectors.json", import.meta.url), "utf8"),
  );
  for (const { raw_body: body, signature: expected } of vectors)
    assert.equal(signature(secret, body), expected);
});

test("descriptions are rewritten as recorded, and what was stored is stored again unchanged", () => {
  const recorded = JSON.parse(readFileSync(new URL("html-roundtrip.json", import.meta.url), "utf8"));
  for (const { sent, status, stored } of recorded) {
    assert.equal(sanitizeHtml(sent), status === 200 ? stored : undefined, sent);
    assert.equal(sanitizeHtml(stored), stored);
  }
});

function isBeyond({ path }: Exchange): boolean {
  return BEYOND.some((pattern) => pattern.test(path));
}

/** Of three creations at the same time the one that won was written down last. */
function ordered(exchanges: Exchange[]): Exchange[] {
  const won = exchanges.find(({ seq }) => seq === 726);
  return exchanges.flatMap((exchange) => {
    if (exchange.seq === 726) return [];
    return exchange.seq === 724 && won !== undefined ? [won, exchange] : [exchange];
  });
}

/** What happened before an exchange without having been written down. */
async function prepare(exchange: Exchange, replay: Replay): Promise<void> {
  const again = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await replay.send(exchange);
  };
  if (exchange.seq === 626) await again(60);
  if (exchange.seq === 752) await again(30);
  if (exchange.seq === 742) replay.copyCookies("agent04", "agent04-old-session");
  if (exchange.seq === 640) replay.copyCookies("owner@https-cors", "owner@manual-cookie");
  // Until here the queue waited, as the recorded worker had not come to the deleted item's child.
  if (exchange.seq === 491) server.startWorker();
  if (exchange.seq === 480) await server.sql(LINKS_IN_HISTORY);
  if (exchange.seq === 494) {
    const child = "SELECT id FROM issues WHERE name = 'Child' AND deleted_at IS NULL";
    await until("the deletion of the child", async () => (await server.sql(child)).length === 0);
  }
  if (exchange.seq === 609) {
    await until("deliveries", async () => received("/hook").length >= HOOK.length);
    for (const { id, secret_key } of await server.sql("SELECT id, secret_key FROM webhooks")) {
      secrets.set(String(id), String(secret_key));
    }
  }
  if (exchange.seq === 813) {
    const closed = "SELECT id FROM webhooks WHERE url LIKE '%/closed' AND is_active";
    await until("the end of the retries", async () => (await server.sql(closed)).length === 0);
  }
  // Deliveries show an object as it is when they are made; the recorded ones had time.
  if (/^wh\./.test(exchange.case)) await sleep(100);
  if (exchange.seq === 546) {
    await server.sql(
      `INSERT INTO issues (name, sequence_id, state_id, project_id, workspace_id)
       SELECT 'incoming', 0, s.id, s.project_id, s.workspace_id FROM states s
       WHERE s.project_id = $1 AND s.name = 'Backlog'`,
      [replay.id(INFRA)],
    );
  }
  if (exchange.seq === 657) {
    await server.sql(
      `WITH numbered AS (UPDATE issue_sequences SET last = last + 1 WHERE project_id = $1)
       INSERT INTO issues (name, sequence_id, sort_order, state_id, project_id, workspace_id)
       SELECT 'unrecorded', 0, max(sort_order) + 10000, state_id, project_id, workspace_id FROM issues
       WHERE name = 'failure modes' GROUP BY state_id, project_id, workspace_id`,
      [replay.id(INFRA)],
    );
  }
  if (exchange.seq === 757) {
    await server.sql(
      `INSERT INTO labels (name, sort_order, project_id, workspace_id)
       SELECT 'unrecorded', max(sort_order) + 10000, project_id, workspace_id FROM labels
       WHERE project_id = $1 AND deleted_at IS NULL GROUP BY project_id, workspace_id`,
      [replay.id(INFRA)],
    );
  }
  if (exchange.seq === 808) await server.sql(NINE_MORE_AGENTS);
  if (exchange.seq === 727) {
    await server.sql(
      `INSERT INTO issues (name, sequence_id, state_id, project_id, workspace_id, external_source, external_id)
       SELECT name, 0, state_id, project_id, workspace_id, external_source, external_id FROM issues
       WHERE external_id = 'same'`,
    );
  }
}

/** What the work item's links, which nobody makes here, left behind in its history. */
const LINKS_IN_HISTORY = `
  INSERT INTO issue_activities (verb, field, old_value, new_value, comment, actor_id, issue_id, project_id, workspace_id)
  SELECT link.verb, 'link', link.before, link.after, link.comment, i.created_by_id, i.id, i.project_id, i.workspace_id
  FROM issues i, (VALUES
    (1, 'created', NULL, 'https://example.invalid/pr/1', 'created a link'),
    (2, 'created', NULL, 'http://127.0.0.1:18099/x', 'created a link'),
    (3, 'updated', 'https://example.invalid/pr/1', NULL, 'updated a link'),
    (4, 'deleted', 'https://example.invalid/pr/1', '', 'deleted the link'))
    AS link (position, verb, before, after, comment)
  WHERE i.name = 'First item renamed' ORDER BY link.position`;

/** The shortest bring-up had ten agents; only the first one's calls were written down. */
const NINE_MORE_AGENTS = `
  WITH agents AS (
    INSERT INTO users (username, email, first_name, display_name)
    SELECT md5(name), name || '@javisi.test', name, name
    FROM (SELECT 'agent' || lpad(n::text, 2, '0') AS name FROM generate_series(2, 10) AS n) AS names
    RETURNING id),
  members AS (
    INSERT INTO workspace_members (workspace_id, member_id, role, created_by_id)
    SELECT w.id, a.id, 15, a.id FROM agents a, workspaces w WHERE w.deleted_at IS NULL)
  INSERT INTO project_members (workspace_id, project_id, member_id, role)
  SELECT p.workspace_id, p.id, a.id, 15 FROM agents a, projects p WHERE p.deleted_at IS NULL`;

function received(path: string): Delivery[] {
  return deliveries.filter((delivery) => delivery.path === path);
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await check()) return;
    await sleep(50);
  }
  assert.fail(`not within 10 s: ${what}`);
}

async function closedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
