import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { planeSite } from "../../components/plane/caddyfile.ts";
import { readVersions } from "../../versions.ts";
import { docker, run, sweepNames } from "../support/stack.ts";

/** Plane's site in the real Caddy, with upstreams that read all of a body and say how long it was. */
const NAME = "plane-ops-site";
const LIMIT = 52_428_800;
const SINK =
  "require('node:http').createServer((q,r)=>{let n=0;q.on('data',c=>n+=c.length);q.on('end',()=>r.end(q.url+' '+n+['x-api-key','authorization'].map(h=>h in q.headers?' '+h+'='+q.headers[h]:'').join('')))}).listen(+process.argv[1])";
const { images } = readVersions();
let folder: string;
let address: string;

before(async () => {
  await sweepNames(NAME);
  folder = mkdtempSync(join(tmpdir(), "plane-ops-site-"));
  const text = planeSite({
    address: "http://work.example",
    allowedClients: ["0.0.0.0/0"],
    bucket: "uploads",
    fileSizeLimit: LIMIT,
  });
  writeFileSync(join(folder, "Caddyfile"), text);
  await docker("network", "create", NAME);
  for (const [alias, port] of [
    ["plane-api", "8000"],
    ["plane-minio", "9000"],
    ["plane-web", "3000"],
    ["plane-admin", "3000"],
  ] as const)
    await docker(
      "run",
      "-d",
      "--name",
      `${NAME}-${alias}`,
      "--network",
      NAME,
      "--network-alias",
      alias,
      "--entrypoint",
      "node",
      images.minio,
      "-e",
      SINK,
      port,
    );
  await docker("run", "-d", "--name", NAME, "--network", NAME, "-v", `${folder}:/etc/caddy:ro`, images.caddy);
  address = await docker(
    "inspect",
    "--format",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
    NAME,
  );
  await new Promise((resolve) => setTimeout(resolve, 1500));
});

after(async () => {
  for (const part of ["", "-plane-api", "-plane-minio", "-plane-web", "-plane-admin"])
    await run("docker", ["rm", "-f", `${NAME}${part}`]);
  await run("docker", ["network", "rm", NAME]);
  rmSync(folder, { recursive: true, force: true });
});

async function post(path: string, bytes: number, ...headers: string[]): Promise<string> {
  const body = join(folder, "body");
  writeFileSync(body, "");
  truncateSync(body, bytes);
  const { text } = await run("curl", [
    "-s",
    "-w",
    " %{http_code}",
    "-H",
    "Expect:",
    ...headers.flatMap((header) => ["-H", header]),
    "--data-binary",
    `@${body}`,
    "--connect-to",
    `::${address}:80`,
    `http://work.example${path}`,
  ]);
  return text;
}

test("INFRA-04: the api takes a body of 50 MB and refuses one byte more", async () => {
  assert.equal(await post("/api/assets/", LIMIT), `/api/assets/ ${LIMIT} 200`);
  assert.match(await post("/api/assets/", LIMIT + 1), /413$/);
});

test("INFRA-04: the bucket takes a file of 50 MB with what a multipart form puts around it", async () => {
  assert.equal(await post("/uploads", LIMIT + 2000), `/uploads ${LIMIT + 2000} 200`);
  assert.match(await post("/uploads", LIMIT + 2_000_000), /413$/);
});

test("MONITOR-01: /api/health is the api's GET /", async () => {
  assert.equal(await post("/api/health", 0), "/ 0 200");
});

test("INFRA-04: each path reaches its part of Plane", async () => {
  for (const path of ["/", "/javisi/projects/", "/god-mode/general/", "/auth/sign-in/", "/static/x.js"])
    assert.equal(await post(path, 1), `${path} 1 200`);
});

test("a bearer's API token reaches the api as Plane wants it, and no log when the api is away", async () => {
  const token = `plane_api_${"0123456789abcdef".repeat(2)}`;
  const bearer = `Authorization: Bearer ${token}`;
  assert.equal(await post("/api/v1/users/me/", 0, bearer), `/api/v1/users/me/ 0 x-api-key=${token} 200`);
  assert.equal(
    await post("/api/v1/users/me/", 0, `X-Api-Key: ${token}`),
    `/api/v1/users/me/ 0 x-api-key=${token} 200`,
  );
  const other = "authorization=Bearer somebody's";
  assert.equal(await post("/api/v1/", 0, "Authorization: Bearer somebody's"), `/api/v1/ 0 ${other} 200`);
  await docker("stop", "--time", "0", `${NAME}-plane-api`);
  assert.match(await post("/api/v1/users/me/", 0, bearer), /502$/);
  const { text } = await run("docker", ["logs", NAME]);
  assert.match(text, /"uri":"\/api\/v1\/users\/me\/".*"Authorization":\["REDACTED"\]/);
  assert.ok(!text.includes(token));
});
