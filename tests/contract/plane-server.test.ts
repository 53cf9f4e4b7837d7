// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PlaneServer } from "../support/planeServer.ts";

const ADMIN = { email: "ada@javisi.test", password: "Grain-Falcon-77-Orbit" };

let server: PlaneServer;
let project: string;
let key: Record<string, string>;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 10_000, storage: true });
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

test("a slow answer comes after the execution", async () => {
  await server.order({ at: 1, kind: "executed-slow", ms: 300 });
  const answer = createLabel("early");
  while ((await labels()).length === 0) await sleep(5);
  assert.equal((await server.calls())[0]?.status, null, "it has not been answered yet");
  assert.equal((await answer).status, 201);
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
  const items = `${project}/work-items/`;
  const race = async (external_id: string): Promise<number> => {
    const item = { name: "same", external_source: "test", external_id };
    const answers = await Promise.all(Array.from({ length: 10 }, () => json("POST", items, item, key)));
    return answers.filter(({ status }) => status === 201).length;
  };
  // Not every race has two winners.
  const won = [await race("1")];
  while (won.at(-1) === 1 && won.length < 20) won.push(await race(String(won.length + 1)));
  assert.ok(Number(won.at(-1)) > 1, String(won));
  const found = await json("GET", `${items}?external_source=test&external_id=${won.length}`, undefined, key);
  assert.equal(found.status, 500);
  const numbers = await server.sql("SELECT DISTINCT sequence_id FROM issues");
  assert.equal(
    numbers.length,
    won.reduce((sum, count) => sum + count, 0),
  );
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

async function createItem(name: string): Promise<string> {
  const { body } = await json("POST", `${project}/work-items/`, { name }, key);
  return `${project}/work-items/${body["id"]}/`;
}

async function history(item: string): Promise<Record<string, unknown>[]> {
  return (await json("GET", `${item}activities/`, undefined, key)).body["results"] as never;
}

/** Somebody in the project. */
async function person(name: string): Promise<string> {
  const [row] = await server.sql(
    `WITH person AS (
       INSERT INTO users (username, email, display_name) SELECT name, name || '@javisi.test', name FROM (SELECT $1::text AS name) AS given RETURNING id)
     INSERT INTO project_members (workspace_id, project_id, member_id, role)
     SELECT p.workspace_id, p.id, person.id, 15 FROM projects p, person RETURNING member_id`,
    [name],
  );
  return String(row?.["member_id"]);
}

test("two assignees added one after the other are two entries of the history, in that order", async () => {
  const item = await createItem("a");
  const [bob, eve] = [await person("bob"), await person("eve")];
  await json("PATCH", item, { assignees: [eve] }, key);
  await json("PATCH", item, { assignees: [eve, bob] }, key);
  const entries = (await history(item)).map(({ field, new_value, new_identifier }) => [
    field,
    new_value,
    new_identifier,
  ]);
  assert.deepEqual(entries, [
    [null, null, null],
    ["assignees", "eve", eve],
    ["assignees", "bob", bob],
  ]);
});

test("what a person does in Plane's pages is in the same history, under the names of /api/v1", async () => {
  const item = await createItem("a");
  const label = (await createLabel("urgent")).body["id"];
  const session = { cookie: await form("/auth/sign-in/", ADMIN) };
  const page = item.replace("/api/v1/", "/api/").replace("/work-items/", "/issues/");
  await json("PATCH", page, { label_ids: [label], start_date: "2026-12-01" }, session);
  const entries = (await history(item)).map(({ field, old_value, new_value }) => [
    field,
    old_value,
    new_value,
  ]);
  assert.deepEqual(entries.slice(1), [
    ["labels", "", "urgent"],
    ["start_date", "", "2026-12-01"],
  ]);
});

test("comments are not in the history, and a description edited again and again is there once", async () => {
  const item = await createItem("a");
  await json("POST", `${item}comments/`, { comment_html: "<p>hello</p>" }, key);
  for (const text of ["one", "two"]) await json("PATCH", item, { description_html: `<p>${text}</p>` }, key);
  const fields = (await history(item)).map(({ field }) => field);
  assert.deepEqual(fields, [null, "description"]);
});

interface Upload {
  url: string;
  fields: Record<string, string>;
}

interface Announced extends Upload {
  id: string;
}

async function announce(item: string, size: number, on = server.url): Promise<Announced> {
  const body = { name: "état du 1er (v2).bin", type: "application/octet-stream", size };
  const answer = await fetch(`${on}${item}attachments/`, {
    method: "POST",
    headers: { ...key, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const { asset_id: id, upload_data: upload } = (await answer.json()) as {
    asset_id: string;
    upload_data: Upload;
  };
  return { id, ...upload };
}

function upload({ url, fields }: Upload, content: Uint8Array<ArrayBuffer>): Promise<Response> {
  const parts = new FormData();
  for (const [name, value] of Object.entries(fields)) parts.set(name, value);
  parts.set("file", new Blob([content]), "file");
  return fetch(url, { method: "POST", body: parts });
}

function confirm(item: string, { id }: Announced): ReturnType<typeof json> {
  return json("PATCH", `${item}attachments/${id}/`, { is_uploaded: true }, key);
}

test("a file uploaded in three steps through S3 comes back byte for byte through the 302", async () => {
  const item = await createItem("a");
  const content = new Uint8Array(randomBytes(70_000));
  const announced = await announce(item, content.length);
  assert.ok(announced.url.startsWith(server.storageUrl));
  assert.equal((await upload(announced, content)).status, 204);
  assert.equal((await confirm(item, announced)).status, 204);
  const link = await fetch(`${server.url}${item}attachments/${announced.id}/`, {
    headers: key,
    redirect: "manual",
  });
  assert.equal(link.status, 302);
  const found = await fetch(link.headers.get("location") ?? "");
  assert.deepEqual(new Uint8Array(await found.arrayBuffer()), content);
  assert.equal(
    found.headers.get("content-disposition"),
    "attachment; filename*=UTF-8''%C3%A9tat%20du%201er%20%28v2%29.bin",
  );
  assert.deepEqual((await server.world())["attachments"], [
    {
      name: "état du 1er (v2).bin",
      size: content.length,
      type: "application/octet-stream",
      is_uploaded: true,
      external_id: null,
      work_item: "a",
      author: ADMIN.email,
    },
  ]);
});

test("the store refuses more than was announced, and Plane believes in the upload all the same", async () => {
  const item = await createItem("a");
  const announced = await announce(item, 10);
  const refused = await upload(announced, new Uint8Array(11));
  assert.equal(refused.status, 400);
  assert.match(await refused.text(), /EntityTooLarge/);
  assert.equal((await confirm(item, announced)).status, 204);
});

test("with USE_MINIO the form leads to the host that was asked, and the store takes it at its own address", async () => {
  const item = await createItem("a");
  const { url } = await server.another({ USE_MINIO: "1" });
  const { fields, ...announced } = await announce(item, 5, url);
  assert.equal(announced.url, `${url}/uploads`);
  const direct = { url: `${server.storageUrl}/uploads`, fields };
  assert.equal((await upload(direct, new Uint8Array(5))).status, 204);
});

test("what the store knows of a file is listed once a worker has asked it", async () => {
  const item = await createItem("a");
  const announced = await announce(item, 5);
  await upload(announced, new Uint8Array(5));
  await confirm(item, announced);
  server.startWorker();
  const known = async (): Promise<Record<string, unknown>> =>
    (await server.sql("SELECT storage_metadata FROM file_assets"))[0]?.["storage_metadata"] as never;
  for (let i = 0; i < 100 && Object.keys(await known()).length === 0; i++) await sleep(50);
  const { ContentLength, ContentType } = await known();
  assert.deepEqual([ContentLength, ContentType], [5, "application/octet-stream"]);
});
