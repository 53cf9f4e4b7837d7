import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type Docker from "dockerode";
import { presignedUrl, s3Request, signText } from "../../standins/images/minio/sigv4.ts";
import { Bench } from "./harness.ts";

const bench = new Bench("minio");
const root = { accessKeyId: "planeroot", secretAccessKey: "long-enough-secret" };
let server: Docker.Container;
let endpoint: string;

before(async () => {
  await bench.open(["minio"]);
  server = await bench.run({
    name: "minio",
    port: 9000,
    env: { MINIO_ROOT_USER: root.accessKeyId, MINIO_ROOT_PASSWORD: root.secretAccessKey },
    volumes: { data: "/data" },
    command: ["server", "/data", "--console-address", ":9001"],
  });
  await ready();
  const made = await mc("mc mb --ignore-existing local/uploads && mc anonymous set none local/uploads");
  assert.equal(made.code, 0, made.stderr);
});
after(() => bench.close());

async function ready(): Promise<void> {
  const health = ["curl", "-fsS", "http://127.0.0.1:9000/minio/health/ready"];
  await bench.until("the store's health", async () => (await bench.exec(server, health)).code === 0);
  endpoint = await bench.address(server, 9000);
}

function mc(script: string): ReturnType<Bench["exec"]> {
  const host = 'MC_HOST_local="http://$MINIO_ROOT_USER:$MINIO_ROOT_PASSWORD@127.0.0.1:9000"';
  return bench.exec(server, ["sh", "-c", `export ${host}; ${script}`]);
}

async function code(answer: Response): Promise<string> {
  return /<Code>([^<]*)/.exec(await answer.text())?.[1] ?? "";
}

test("the store refuses anonymous reads, lists and writes as a private bucket does", async () => {
  await s3Request(endpoint, root, "PUT", "/uploads/hidden.txt", { body: "secret" });
  for (const [method, path] of [
    ["GET", "/uploads/hidden.txt"],
    ["GET", "/uploads/"],
    ["PUT", "/uploads/mine.txt"],
  ] as const) {
    const answer = await fetch(`${endpoint}${path}`, { method });
    assert.equal(answer.status, 403);
    assert.equal(await code(answer), "AccessDenied");
  }
});

test("the store serves what a signed request put", async () => {
  const put = await s3Request(endpoint, root, "PUT", "/uploads/a/b%20c.txt", { body: "hello" });
  assert.equal(put.status, 200);
  const got = await s3Request(endpoint, root, "GET", "/uploads/a/b%20c.txt");
  assert.equal(await got.text(), "hello");
});

test("the store refuses a wrong key and a wrong secret", async () => {
  const stranger = await s3Request(endpoint, { ...root, accessKeyId: "stranger" }, "GET", "/uploads/");
  assert.equal(await code(stranger), "InvalidAccessKeyId");
  const forger = await s3Request(endpoint, { ...root, secretAccessKey: "guessed" }, "GET", "/uploads/");
  assert.equal(forger.status, 403);
  assert.equal(await code(forger), "SignatureDoesNotMatch");
});

test("the store honours a presigned link until it expires, and for its own path only", async () => {
  await s3Request(endpoint, root, "PUT", "/uploads/linked.txt", { body: "linked" });
  const link = presignedUrl(endpoint, root, "/uploads/linked.txt", 60);
  assert.equal(await (await fetch(link)).text(), "linked");
  assert.equal((await fetch(link.replace("linked.txt", "hidden.txt"))).status, 403);
  const expired = presignedUrl(endpoint, root, "/uploads/linked.txt", 60, new Date(Date.now() - 120_000));
  assert.equal((await fetch(expired)).status, 403);
});

function upload(size: number, limit: number, tamper: (form: FormData) => void = () => {}): Promise<Response> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const credential = `${root.accessKeyId}/${scope}`;
  const conditions = [
    { bucket: "uploads" },
    ["content-length-range", 1, limit],
    { "Content-Type": "text/markdown" },
    { key: "up/report.md" },
    { "x-amz-algorithm": "AWS4-HMAC-SHA256" },
    { "x-amz-credential": credential },
    { "x-amz-date": date },
  ];
  const expiration = new Date(Date.now() + 60_000).toISOString();
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString("base64");
  const form = new FormData();
  form.set("Content-Type", "text/markdown");
  form.set("key", "up/report.md");
  form.set("x-amz-algorithm", "AWS4-HMAC-SHA256");
  form.set("x-amz-credential", credential);
  form.set("x-amz-date", date);
  form.set("policy", policy);
  form.set("x-amz-signature", signText(root.secretAccessKey, scope, policy));
  tamper(form);
  form.set("file", new Blob(["x".repeat(size)], { type: "text/markdown" }), "report.md");
  return fetch(`${endpoint}/uploads`, { method: "POST", body: form });
}

test("a presigned POST uploads within its policy and is refused beyond it", async () => {
  assert.equal((await upload(26, 26)).status, 204);
  const got = await s3Request(endpoint, root, "GET", "/uploads/up/report.md");
  assert.equal(await got.text(), "x".repeat(26));

  assert.equal(await code(await upload(27, 26)), "EntityTooLarge");
  assert.equal(await code(await upload(5, 26, (form) => form.set("key", "elsewhere"))), "AccessDenied");
  assert.equal(
    await code(await upload(5, 26, (form) => form.set("x-amz-signature", "0".repeat(64)))),
    "SignatureDoesNotMatch",
  );
  assert.equal(await code(await upload(5, 26, (form) => form.delete("policy"))), "AccessDenied");
});

test("buckets and objects survive a restart", async () => {
  await s3Request(endpoint, root, "PUT", "/uploads/kept.txt", { body: "kept" });
  await server.restart({ t: 10 });
  await ready();
  assert.equal(await (await s3Request(endpoint, root, "GET", "/uploads/kept.txt")).text(), "kept");
  assert.equal((await mc("mc ls local")).stdout, "uploads/\n");
});

test("mc refuses what it does not know and says what it knows", async () => {
  const refused = await mc("mc admin info local");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /does not know `mc admin info local`; it knows: mb/);
});

test("minio refuses to start with a short password", async () => {
  const weak = await bench.run({
    name: "minio",
    env: { MINIO_ROOT_USER: "root", MINIO_ROOT_PASSWORD: "short" },
    command: ["server", "/data"],
  });
  assert.equal(await bench.ended(weak), 1);
  assert.match(await bench.logs(weak), /at least 8 characters/);
});
