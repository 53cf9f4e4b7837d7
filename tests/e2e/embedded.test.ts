import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Access } from "../../plane/access.ts";
import { getMe } from "../../plane/api/people.ts";
import { projectList } from "../../plane/api/projects.ts";
import { ownerOfToken } from "../../plane/api/tokens.ts";
import { patchWorkspace } from "../../plane/api/workspace.ts";
import { SignInRefused } from "../../plane/errors.ts";
import { startOperation } from "../../plane/operation.ts";
import { signUp } from "../../plane/session.ts";
import { docker, filesBelow, run, sweepNames, TestStack } from "../support/stack.ts";

/** A whole embedded stack beside whatever else runs here: its own names, subnets and port. */
const PREFIX = "e2elocal";
const PORT = 18080;
const URL = `http://work.localhost:${PORT}`;
let stack: TestStack;

before(async () => {
  await sweepNames(`${PREFIX}_`);
  stack = await TestStack.create("e2e-embedded", {
    "platform:prefix": PREFIX,
    "platform:httpPort": String(PORT),
    "platform:subnetPrefix": "10.226",
  });
});

after(async () => {
  for (const part of ["client_inside", "client_outside", "n8n"])
    await run("docker", ["rm", "-f", `${PREFIX}_${part}`]);
  await stack.dispose();
  for (const part of ["inside", "outside", "foreign"])
    await run("docker", ["network", "rm", `${PREFIX}_${part}`]);
});

test("INFRA-01: one `pulumi up` on an empty Docker host ends with a healthy Plane", async () => {
  const { code, text } = await stack.up();
  assert.equal(code, 0, text);
  const running = await docker(
    "ps",
    "--filter",
    `name=^${PREFIX}_`,
    "--filter",
    "health=healthy",
    "--format",
    "{{.Names}}",
  );
  assert.deepEqual(
    running.split("\n").sort(),
    [
      "caddy",
      "plane_admin",
      "plane_api",
      "plane_minio",
      "plane_web",
      "plane_worker",
      "postgresql",
      "redis",
    ].map((part) => `${PREFIX}_${part}`),
  );
  assert.deepEqual((await stack.outputs()).containers, running.split("\n").sort());
});

test("INFRA-06: every container has limits, a health check, dropped capabilities, log rotation and labels", async () => {
  const names = await docker("ps", "--all", "--filter", `name=^${PREFIX}_`, "--format", "{{.Names}}");
  const inspected = JSON.parse(await docker("inspect", ...names.split("\n"))) as {
    Name: string;
    Config: { Healthcheck?: { Test: string[] }; Labels: Record<string, string> };
    HostConfig: {
      Memory: number;
      NanoCpus: number;
      CapDrop: string[];
      Privileged: boolean;
      SecurityOpt: string[];
      LogConfig: { Type: string; Config: Record<string, string> };
      RestartPolicy: { Name: string };
    };
  }[];
  assert.equal(inspected.length, 9);
  for (const { Name, Config, HostConfig } of inspected) {
    assert.ok(HostConfig.Memory > 0 && HostConfig.NanoCpus > 0, `${Name} has no limits`);
    assert.match(Config.Healthcheck?.Test[0] ?? "", /^CMD/, `${Name} has no health check`);
    assert.deepEqual(HostConfig.CapDrop, ["ALL"], Name);
    assert.equal(HostConfig.Privileged, false, Name);
    assert.ok(HostConfig.SecurityOpt.includes("no-new-privileges:true"), Name);
    assert.deepEqual(
      HostConfig.LogConfig,
      { Type: "json-file", Config: { "max-file": "3", "max-size": "10m" } },
      Name,
    );
    assert.equal(HostConfig.RestartPolicy.Name, Name.endsWith("_migrator") ? "no" : "unless-stopped", Name);
    assert.equal(Config.Labels["io.javisi.managed-by"], "pulumi", Name);
    assert.equal(Config.Labels["com.docker.compose.project"], undefined, Name);
  }
  const api = inspected.find(({ Name }) => Name === `/${PREFIX}_plane_api`);
  assert.equal(api?.HostConfig.Memory, 384 * 1024 * 1024);
  assert.equal(api?.HostConfig.NanoCpus, 0.5e9);
});

test("INFRA-01: api and worker are on backend and egress, the pages on frontend alone, the store on backend alone", async () => {
  const networks = async (part: string) =>
    (
      await docker(
        "inspect",
        "--format",
        "{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}",
        `${PREFIX}_${part}`,
      )
    ).split(" ");
  const on = (...names: string[]) => names.map((name) => `${PREFIX}_${name}`);
  assert.deepEqual(await networks("plane_api"), on("backend", "egress"));
  assert.deepEqual(await networks("plane_worker"), on("backend", "egress"));
  assert.deepEqual(await networks("plane_web"), on("frontend"));
  assert.deepEqual(await networks("plane_minio"), on("backend"));
});

test("MONITOR-01: the api's health is seen through Caddy, and asks more of the api than a running gunicorn", async () => {
  const { text } = await curl(`${URL}/api/health`);
  assert.equal(text, '{"status": "OK"}');
  const probe = await docker(
    "inspect",
    "--format",
    "{{json .Config.Healthcheck.Test}}",
    `${PREFIX}_plane_api`,
  );
  assert.match(probe, /\/api\/instances\//);
});

test("INFRA-04: the web page, the admin page and the api answer under one address", async () => {
  assert.match((await curl(`${URL}/`)).text, /<html/);
  assert.match((await curl(`${URL}/god-mode/`)).text, /<html/);
  assert.match((await curl(`${URL}/api/instances/`)).text, /"instance"/);
});

test("the bucket is private: its objects are refused to whoever has no signed link", async () => {
  const { status, text } = await curl(`${URL}/uploads/some/object`);
  assert.equal(status, 403);
  assert.match(text, /<Code>AccessDenied<\/Code>/);
});

test("INFRA-04: of what lies under /webhooks/ only the two POST paths exist", async () => {
  for (const [method, path] of [
    ["GET", "/webhooks/other"],
    ["POST", "/webhooks/other"],
    ["GET", "/webhooks/plane"],
    ["PUT", "/webhooks/telegram"],
    ["POST", "/webhooks/plane/more"],
    ["POST", "/webhooks/"],
  ] as const)
    assert.equal((await curl("-X", method, `${URL}${path}`)).status, 404, `${method} ${path}`);
});

test("INFRA-04: a client outside of the VPN gets 403 and can post webhooks; one inside gets everything", async () => {
  const [inside, outside] = [
    await client("inside", "100.64.9.0/24"),
    await client("outside", "198.51.100.0/24"),
  ];
  assert.equal(await inside("/"), 200);
  assert.equal(await outside("/"), 403);
  for (const header of ["X-Forwarded-For: 100.64.0.1", "X-Real-IP: 100.64.0.1", "Forwarded: for=100.64.0.1"])
    assert.equal(await outside("/", "--header", header), 403, header);
  for (const path of [
    "/god-mode/",
    "/api/instances/",
    "/api/health",
    "/uploads/x",
    "/static/x",
    "/auth/sign-in/",
  ])
    assert.equal(await outside(path), 403, path);
  for (const [method, path] of [
    ["GET", "/webhooks/other"],
    ["POST", "/webhooks/other"],
    ["GET", "/webhooks/plane"],
    ["PUT", "/webhooks/telegram"],
    ["POST", "/webhooks/plane/more"],
    ["POST", "//webhooks/../api/health"],
    ["POST", "/webhooks/plane/../../api/health"],
  ] as const) {
    const status = await outside(path, "-X", method, "--path-as-is");
    assert.ok([403, 404].includes(status), `${method} ${path}: ${status}`);
  }
});

test("INFRA-04: a webhook from outside is held while nothing listens behind it, then answered 502, never 403", async () => {
  const outside = await client("outside", "198.51.100.0/24");
  const started = Date.now();
  assert.equal(await outside("/webhooks/plane", "--data", "x"), 502);
  const held = (Date.now() - started) / 1000;
  assert.ok(held > 18 && held < 30, `held for ${held} s`);
});

test("INFRA-04: a webhook that arrives while its target restarts is delivered when it is back", async () => {
  const waiting = curl("-X", "POST", "--data", "body of a webhook", `${URL}/webhooks/plane`);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const answer = "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok";
  const image = await docker("inspect", "--format", "{{.Image}}", `${PREFIX}_plane_web`);
  const network = ["--network", `${PREFIX}_backend`, "--network-alias", "n8n"];
  const serve = `while true; do printf '${answer}' | nc -l -p 5678; done`;
  await docker("run", "-d", "--name", `${PREFIX}_n8n`, ...network, "--entrypoint", "sh", image, "-c", serve);
  try {
    const { status, text } = await waiting;
    assert.deepEqual({ status, text }, { status: 200, text: "ok" });
  } finally {
    await docker("rm", "-f", `${PREFIX}_n8n`);
  }
});

test("INFRA-03: every key in Plane's Redis databases starts with plane:", async () => {
  const keys = (await Promise.all([8, 9].map((database) => redis(database, "--scan"))))
    .join("\n")
    .split("\n")
    .filter(Boolean);
  assert.ok(keys.length > 0);
  for (const key of keys) assert.match(key, /^plane:/);
});

test("INFRA-02: the database belongs to its role, which alone may connect, and Plane's migrations are applied", async () => {
  const rows = await sql(
    "SELECT pg_get_userbyid(datdba), has_database_privilege('public', oid, 'CONNECT') FROM pg_database WHERE datname = 'plane_production'",
  );
  assert.equal(rows, "plane|f");
  assert.notEqual(await sql("SELECT count(*) FROM django_migrations", "plane_production"), "0");
});

test("a second up changes nothing, and a preview with refresh finds nothing to change", async () => {
  assert.match((await stack.up("--expect-no-changes")).text, /\d+ unchanged/);
  const { code, text } = await stack.preview("--refresh", "--expect-no-changes");
  assert.equal(code, 0, text);
});

/** The way into this stack's Plane, through Caddy, as its outputs say it. */
async function accessOf(email: string, passwordOutput: string): Promise<Access> {
  startOperation();
  const password = String((await stack.outputs())[passwordOutput]);
  return { url: URL, email, password, rateLimit: 100, deployed: true };
}

test("AUTH-01, AUTH-02: the concierge and the human sign in through Caddy with the passwords of the stack's outputs", async () => {
  assert.equal(
    (await getMe(await accessOf("concierge@javisi.local", "conciergePassword"))).first_name,
    "Concierge",
  );
  assert.equal(
    (await getMe(await accessOf("admin@javisi.local", "humanPassword"))).email,
    "admin@javisi.local",
  );
});

test("AUTH-03, PROV-03: eleven tokens answer as their owners, and see the project that these belong to", async () => {
  const tokens = (await stack.outputs()).tokens as Record<string, string>;
  assert.equal(Object.keys(tokens).length, 11);
  for (const [account, token] of Object.entries(tokens)) {
    const access = {
      url: URL,
      email: `${account}@javisi.local`,
      password: "",
      token,
      rateLimit: 100,
      deployed: true,
    };
    startOperation();
    assert.equal((await ownerOfToken(access))?.email, access.email);
    const projects = await projectList(access, "javisi").all();
    assert.deepEqual(
      projects.map(({ identifier }) => identifier),
      ["ONB"],
    );
  }
});

test("a stranger cannot make an account", async () => {
  const stranger = { url: URL, email: "stranger@example.org", password: "long enough for anybody 42" };
  startOperation();
  await assert.rejects(
    signUp({ ...stranger, rateLimit: 100, deployed: true }, "session", {}),
    (error) => error instanceof SignInRefused && error.code === "SIGNUP_DISABLED",
  );
});

/** An out-of-band change, and the resource that must show it. */
type Drift = [what: string, resource: string, change: () => Promise<unknown>];

/** Changes of different resources share a look; none of them hides another. */
const DRIFTS: Drift[][] = [
  [
    ["a container that was removed", "plane-web", () => docker("rm", "-f", `${PREFIX}_plane_web`)],
    [
      "a memory limit that was changed",
      "plane-worker",
      () => docker("update", "--memory", "300m", "--memory-swap", "600m", `${PREFIX}_plane_worker`),
    ],
    [
      "a network alias that is gone",
      "wiring",
      async () => {
        await docker("network", "disconnect", `${PREFIX}_backend`, `${PREFIX}_plane_api`);
        await docker("network", "connect", `${PREFIX}_backend`, `${PREFIX}_plane_api`);
      },
    ],
    [
      "a role's password that was changed",
      "database",
      () => sql("ALTER ROLE plane PASSWORD 'changed by hand'"),
    ],
    [
      "a Caddy block that was edited",
      "site",
      async () => {
        const file = join(hostFolder(), "configs/caddy/sites/plane.caddy");
        writeFileSync(file, readFileSync(file, "utf8").replace("100.64.0.0/10", "0.0.0.0/0"));
      },
    ],
  ],
  [
    ["a container that was stopped", "plane-admin", () => docker("stop", `${PREFIX}_plane_admin`)],
    [
      "a network that was disconnected",
      "wiring",
      () => docker("network", "disconnect", `${PREFIX}_egress`, `${PREFIX}_plane_worker`),
    ],
    [
      "a database's owner that was changed",
      "database",
      () => sql("ALTER DATABASE plane_production OWNER TO postgres"),
    ],
    [
      "a Caddy block that was removed",
      "site",
      async () => writeFileSync(join(hostFolder(), "configs/caddy/sites/plane.caddy"), ""),
    ],
  ],
  [
    [
      "a mounted settings file that was edited",
      "settings",
      async () => appendFileSync(join(hostFolder(), "configs/plane/prefixed.py"), "# edited\n"),
    ],
    [
      "a mounted file that is gone",
      "caddyfile",
      async () => rmSync(join(hostFolder(), "configs/caddy/Caddyfile")),
    ],
    [
      "CONNECT that was granted to everybody",
      "database",
      () => sql("GRANT CONNECT ON DATABASE plane_production TO PUBLIC"),
    ],
    [
      "a workspace's time zone that the human changed in Plane",
      "plane-workspace",
      async () =>
        patchWorkspace(await accessOf("admin@javisi.local", "humanPassword"), "javisi", {
          timezone: "Europe/Paris",
        }),
    ],
  ],
];

for (const round of DRIFTS) {
  test(`drift that preview --refresh shows: ${round.map(([what]) => what).join(", ")}`, async () => {
    for (const [, , change] of round) await change();
    const expected = round.map(([, resource]) => resource).sort();
    assert.deepEqual(Object.keys(await stack.drift()), expected);
    const { code, text } = await stack.up("--refresh");
    assert.equal(code, 0, text);
  });
}

test("all of that drift is mended by up --refresh", async () => {
  assert.deepEqual(await stack.drift(), {});
  assert.equal((await curl(`${URL}/api/health`)).text, '{"status": "OK"}');
  assert.equal(await sql("SELECT 1", "plane_production", "plane"), "1");
});

test("what is not managed is left alone: another site's file, another network of a container", async () => {
  await docker("network", "create", `${PREFIX}_foreign`);
  await docker("network", "connect", `${PREFIX}_foreign`, `${PREFIX}_plane_web`);
  try {
    assert.deepEqual(await stack.drift(), {});
  } finally {
    await docker("network", "disconnect", `${PREFIX}_foreign`, `${PREFIX}_plane_web`);
    await docker("network", "rm", `${PREFIX}_foreign`);
  }
});

test("no secret stands in the state, on a command line, in a label, a log or a host file", async () => {
  const outputs = await stack.outputs();
  const secrets: Record<string, string> = { ...(outputs.tokens as Record<string, string>) };
  for (const name of [
    "databasePassword",
    "storagePassword",
    "redisPassword",
    "conciergePassword",
    "humanPassword",
    "webhookSecret",
  ])
    secrets[name] = String(outputs[name]);
  const ours = ["--filter", "label=io.javisi.stack=plane-ops/e2e-embedded"];
  const names = (await docker("ps", "--all", ...ours, "--format", "{{.Names}}")).split("\n");
  const inspected = JSON.parse(await docker("inspect", ...names)) as { Config: { Env?: string[] } }[];
  const environment = inspected.flatMap(({ Config }) => Config.Env ?? []);
  for (const line of environment.filter((each) =>
    /^(SECRET_KEY|LIVE_SERVER_SECRET_KEY|POSTGRES_PASSWORD)=/.test(each),
  ))
    secrets[line.slice(0, line.indexOf("="))] = line.slice(line.indexOf("=") + 1);
  assert.ok(Object.values(secrets).every((secret) => secret.length >= 32));

  for (const container of inspected) container.Config.Env = [];
  const processes = (
    await Promise.all(
      names
        .filter((name) => !name.endsWith("_migrator"))
        .map((name) => docker("top", name, "-eo", "pid,args")),
    )
  ).join("\n");
  const places: Record<string, string> = {
    "the state": await stack.state(),
    "docker inspect": JSON.stringify(inspected),
    "a process list": processes,
    "the output of up": (await stack.up("--refresh")).text,
  };
  for (const name of names) places[`the log of ${name}`] = await docker("logs", name);
  for (const file of [...filesBelow(hostFolder()), ...filesBelow(join(stack.directory, "state"))])
    places[file] = readFileSync(file, "utf8");
  for (const [place, text] of Object.entries(places))
    for (const [name, secret] of Object.entries(secrets)) {
      const at = text.indexOf(secret);
      assert.equal(at, -1, `${name} stands in ${place}: ${text.slice(Math.max(0, at - 200), at)}<here>`);
    }
});

test("after destroy nothing of the stack is left, and it can come up again", async () => {
  const { code, text } = await stack.pulumi("destroy", "--yes", "--skip-preview");
  assert.equal(code, 0, text);
  for (const [kind, ...list] of [
    ["containers", "ps", "--all", "--quiet", "--filter", `name=^${PREFIX}_plane`],
    ["volumes", "volume", "ls", "--quiet", "--filter", `name=${PREFIX}_`],
    [
      "containers of the platform",
      "ps",
      "--all",
      "--quiet",
      "--filter",
      "label=io.javisi.stack=plane-ops/e2e-embedded",
    ],
  ] as const)
    assert.equal(await docker(...list), "", kind);
  const again = await stack.up();
  assert.equal(again.code, 0, again.text);
});

function hostFolder(): string {
  return join(stack.directory, ".plane-ops/host/e2e-embedded");
}

/** curl resolves `*.localhost` by itself; Node does not. */
async function curl(...args: string[]): Promise<{ status: number; text: string }> {
  const { text } = await run("curl", [
    "--silent",
    "--max-time",
    "40",
    "--write-out",
    "\n%{http_code}",
    ...args,
  ]);
  const at = text.lastIndexOf("\n");
  return { status: Number(text.slice(at + 1)), text: text.slice(0, at) };
}

function redis(database: number, ...args: string[]): Promise<string> {
  return docker("exec", `${PREFIX}_redis`, "redis-cli", "-n", String(database), ...args);
}

async function sql(statement: string, database = "postgres", role = "postgres"): Promise<string> {
  const password =
    role === "postgres"
      ? await docker("exec", `${PREFIX}_postgresql`, "printenv", "POSTGRES_PASSWORD")
      : String((await stack.outputs()).databasePassword);
  const args = ["-h", "postgresql", "-U", role, "-d", database, "-Atqc", statement];
  return docker("exec", "-e", `PGPASSWORD=${password}`, `${PREFIX}_postgresql`, "psql", ...args);
}

/** A container on a network of its own that Caddy is on too: the way to be a client with a chosen address. */
async function client(
  kind: string,
  subnet: string,
): Promise<(path: string, ...flags: string[]) => Promise<number>> {
  const [network, name] = [`${PREFIX}_${kind}`, `${PREFIX}_client_${kind}`];
  if ((await run("docker", ["network", "inspect", network])).code !== 0) {
    await docker("network", "create", "--subnet", subnet, network);
    await docker("network", "connect", "--alias", "caddy", network, `${PREFIX}_caddy`);
    const image = await docker("inspect", "--format", "{{.Image}}", `${PREFIX}_plane_minio`);
    await docker("run", "-d", "--name", name, "--network", network, "--entrypoint", "sleep", image, "3600");
  }
  return async (path, ...flags) => {
    const request = [
      "curl",
      "-s",
      "-o",
      "/dev/null",
      "-w",
      "%{http_code}",
      "--max-time",
      "40",
      "--connect-to",
      "::caddy:80",
    ];
    return Number(await docker("exec", name, ...request, ...flags, `http://work.localhost${path}`));
  };
}
