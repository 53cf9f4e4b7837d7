import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { PlaneServer } from "../support/planeServer.ts";

const ADMIN = { email: "ada@javisi.test", password: "Grain-Falcon-77-Orbit" };

let server: PlaneServer;
let project: string;
let key: Record<string, string>;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 10_000 });
});
after(() => server.close());

beforeEach(async () => {
  await server.reset();
  const cookies = await form("/api/instances/admins/sign-up/", {
    ...ADMIN,
    first_name: "Ada",
    is_telemetry_enabled: "False",
  });
  const workspace = { name: "Javisi", slug: "javisi", organization_size: "2-10" };
  await json("POST", "/api/instances/workspaces/", workspace, { cookie: cookies });
  const session = { cookie: await form("/auth/sign-in/", ADMIN) };
  const { body } = await json("POST", "/api/users/api-tokens/", { label: "test", expired_at: null }, session);
  key = { "x-api-key": String(body["token"]) };
  const made = await json(
    "POST",
    "/api/v1/workspaces/javisi/projects/",
    { name: "One", identifier: "one" },
    key,
  );
  project = `/api/v1/workspaces/javisi/projects/${made.body["id"]}`;
  await server.clearCalls();
});

async function form(path: string, fields: Record<string, string>): Promise<string> {
  const token = "a".repeat(32);
  const answer = await fetch(server.url + path, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: `csrftoken=${token}` },
    body: new URLSearchParams({ ...fields, csrfmiddlewaretoken: token }),
  });
  assert.equal(answer.status, 302);
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

async function json(
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> {
  const answer = await fetch(server.url + path, {
    method,
    headers: { ...headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json");
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : {} };
}

function createLabel(name: string): ReturnType<typeof json> {
  return json("POST", `${project}/labels/`, { name }, key);
}

async function labels(): Promise<string[]> {
  return (await server.sql("SELECT name FROM labels WHERE deleted_at IS NULL ORDER BY name")).map(
    ({ name }) => String(name),
  );
}

test("a fault comes at the ordered call and at no other", async () => {
  await server.order({ at: 2, kind: "500" });
  const statuses = [];
  for (const name of ["a", "b", "c"]) statuses.push((await createLabel(name)).status);
  assert.deepEqual(statuses, [201, 500, 201]);
  assert.deepEqual(await labels(), ["a", "c"]);
});

test("a fault can be kept to a method and a path, and be repeated", async () => {
  await server.order({ at: 1, kind: "429", times: 2, method: "POST", path: "/states/$", retryAfter: 7 });
  assert.equal((await createLabel("a")).status, 201);
  const state = { name: "Review", color: "#888888", group: "started" };
  for (const status of [429, 429, 200]) {
    const answer = await json("POST", `${project}/states/`, state, key);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("retry-after"), status === 429 ? "7" : null);
  }
});

test("a reset connection was not executed, an executed one was, and both look alike", async () => {
  await server.order({ at: 1, kind: "reset" });
  await assert.rejects(createLabel("before"));
  await server.order({ at: 1, kind: "executed-reset" });
  await assert.rejects(createLabel("after"));
  assert.deepEqual(await labels(), ["after"]);
  assert.deepEqual(
    (await server.calls()).map(({ method, status }) => [method, status]),
    [
      ["POST", 0],
      ["POST", 0],
    ],
  );
});

test("a 502 is a page of the proxy, and slowness delays the execution", async () => {
  await server.order({ at: 1, kind: "502" });
  const answer = await createLabel("lost");
  assert.equal(answer.status, 502);
  assert.match(answer.headers.get("content-type") ?? "", /html/);
  await server.order({ at: 1, kind: "slow", ms: 300 });
  const started = performance.now();
  assert.equal((await createLabel("late")).status, 201);
  assert.ok(performance.now() - started >= 290);
  assert.deepEqual(await labels(), ["late"]);
});

test("a reset brings an empty Plane, the same as after the start", async () => {
  await createLabel("a");
  await server.reset();
  const empty = await server.world();
  assert.deepEqual(empty["users"], []);
  assert.deepEqual(empty["labels"], []);
  assert.deepEqual(await server.calls(), []);
  assert.equal((await json("GET", "/api/v1/users/me/", undefined, key)).status, 403);
});

test("two worlds with the same content are equal, and what is there twice shows", async () => {
  await createLabel("a");
  const world = await server.world();
  assert.deepEqual(await server.world(), world);
  await server.sql(
    `INSERT INTO issues (name, sequence_id, project_id, workspace_id)
     SELECT 'twice', n, id, workspace_id FROM projects, generate_series(1, 2) AS n`,
  );
  assert.equal((await server.world())["workItems"]?.length, 2);
});

test("creations at the same moment with one external id can both succeed, and then the look-up fails", async () => {
  const item = { name: "same", external_source: "test", external_id: "1" };
  const items = `${project}/work-items/`;
  const statuses = await Promise.all(
    Array.from({ length: 10 }, async () => (await json("POST", items, item, key)).status),
  );
  assert.ok(statuses.filter((status) => status === 201).length > 1, String(statuses));
  const found = await json("GET", `${items}?external_source=test&external_id=1`, undefined, key);
  assert.equal(found.status, 500);
  const numbers = await server.sql("SELECT DISTINCT sequence_id FROM issues");
  assert.equal(numbers.length, statuses.filter((status) => status === 201).length);
});

test("a second relation between the same two is answered as written and is not", async () => {
  const items = `${project}/work-items/`;
  const [a, b] = await Promise.all(
    ["a", "b"].map(async (name) => (await json("POST", items, { name }, key)).body["id"]),
  );
  const relate = (relation_type: string): ReturnType<typeof json> =>
    json("POST", `${items}${a}/relations/`, { relation_type, issues: [b] }, key);
  assert.equal((await relate("blocked_by")).status, 201);
  assert.equal((await relate("relates_to")).status, 201);
  const { body } = await json("GET", `${items}${a}/relations/`, undefined, key);
  assert.equal((body["blocked_by"] as unknown[]).length, 1);
  assert.deepEqual(body["relates_to"], []);
});

test("paid routes are absent, and answer as a paid edition's when told to", async () => {
  const session = { cookie: await form("/auth/sign-in/", ADMIN) };
  const path = "/api/workspaces/javisi/issue-types/";
  assert.equal((await json("GET", path, undefined, session)).status, 404);
  const paid = await server.another({ STANDIN_PAID_EDITION: "402" });
  const answer = await fetch(paid.url + path, { headers: session });
  assert.equal(answer.status, 402);
});

test("without STANDIN_CONTROL nobody orders faults", async () => {
  await assert.rejects(server.another({ STANDIN_CONTROL: "0" }), /404/);
});
