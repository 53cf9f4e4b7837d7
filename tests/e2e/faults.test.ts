import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readVersions } from "../../versions.ts";
import { seeded } from "../support/seeded.ts";
import { docker, run, sweepNames, TestStack, toolEnvironment } from "../support/stack.ts";

/** What goes wrong on real machines: each time one clear message, and the next run converges. */
const PREFIX = "e2efault";
const PORT = 18081;
const SEED = Number(process.env.PLANE_OPS_SEED ?? Date.now() % 100_000);
const { planeBackend, planeFrontend, planeAdmin } = readVersions().images;
const PLANE_IMAGES = [planeBackend, planeFrontend, planeAdmin];
const name = (part: string) => `${PREFIX}_${part}`;
let stack: TestStack;

before(async () => {
  for (const start of [`${PREFIX}_`, "e2enames_"]) await sweepNames(start);
  stack = await TestStack.create("e2e-faults", {
    "platform:prefix": PREFIX,
    "platform:httpPort": String(PORT),
    "platform:subnetPrefix": "10.228",
  });
});

after(async () => {
  await stack.dispose();
  await run("sh", ["-c", `docker ps -aq --filter name=^${PREFIX}_ | xargs -r docker rm -f`]);
  for (const version of ["v1.4.0", "v1.4.1", "v1.4.2"])
    for (const image of PLANE_IMAGES) await run("docker", ["rmi", tagged(image, version)]);
});

/** A failed run: its text without the engine's noise, for a message that must stand alone. */
async function refused(attempt: Promise<{ code: number; text: string }>): Promise<string> {
  const { code, text } = await attempt;
  assert.notEqual(code, 0, text);
  assert.doesNotMatch(text, /^\s+at .*\.(ts|js):\d+/m, "a user's mistake must not show a stack trace");
  return text;
}

test("several wrong settings are told at once, before anything is touched", async () => {
  await stack.set("plane:version", "latest");
  await stack.set("platform:httpPort", "eighty");
  const text = await refused(stack.preview());
  assert.match(text, /2 problems in the configuration of stack "e2e-faults"; nothing was touched/);
  assert.match(
    text,
    /plane:version: found "latest"; allowed: .*\n.*pulumi config set plane:version v1\.3\.1 --stack e2e-faults/,
  );
  await stack.unset("plane:version");
  await stack.set("platform:httpPort", String(PORT));
});

test("a port that another program listens on is told with a free one", async () => {
  const server = createServer().listen(PORT, "127.0.0.1");
  try {
    assert.match(
      await refused(stack.preview()),
      /port 18081 is in use by another program: pulumi config set platform:httpPort \d+/,
    );
  } finally {
    server.close();
  }
});

test("a subnet that another network uses is told with that network's name", async () => {
  await docker("network", "create", "--subnet", "10.228.2.0/24", name("taken"));
  try {
    assert.match(
      await refused(stack.preview()),
      /subnet 10\.228\.2\.0\/24 of network e2efault_backend is used by network e2efault_taken/,
    );
  } finally {
    await docker("network", "rm", name("taken"));
  }
});

test("a Docker engine that does not answer is told with the next step", async () => {
  await stack.set("docker:host", "unix:///nonexistent/docker.sock");
  assert.match(await refused(stack.preview()), /Docker does not answer on this machine: .*\n.*npm start/);
  await stack.unset("docker:host");
});

test("a full disk is refused before anything is written to it", async () => {
  const folder = join(stack.directory, "full");
  await run("mkdir", ["-p", folder]);
  const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]);
  assert.equal(mounted.code, 0, mounted.text);
  try {
    await stack.set("platform:root", folder);
    assert.match(await refused(stack.preview()), /full has \d+ MiB free, 1024 MiB are needed/);
  } finally {
    await run("umount", [folder]);
    await stack.unset("platform:root");
  }
});

test("an image that cannot be had is told by its name, and nothing that needs it is started", async () => {
  await stack.set("plane:version", "v9.9.9");
  const text = await refused(stack.up());
  assert.match(text, /makeplane\/plane-backend:v9\.9\.9/);
  assert.equal((await run("docker", ["inspect", name("plane_api")])).code, 1);
  await stack.unset("plane:version");
});

test("a migrator that fails shows its last lines, and neither api nor worker is started", async () => {
  await variant("v1.4.1", 'ENV STANDIN_MIGRATE_FAILS="column does_not_exist"');
  await stack.set("plane:version", "v1.4.1");
  const text = await refused(stack.up());
  assert.match(
    text,
    /e2efault_plane_migrator ended with exit code 1.*Its last lines:.*does_not_exist.*docker logs e2efault_plane_migrator/s,
  );
  for (const part of ["plane_api", "plane_worker"])
    assert.equal((await run("docker", ["inspect", name(part)])).code, 1, part);
  await stack.unset("plane:version");
});

test("PostgreSQL that dies half-way is told, and the next run converges", async () => {
  const watcher = (async () => {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const { text } = await run("docker", [
        "inspect",
        "--format",
        "{{.State.Status}}",
        name("plane_migrator"),
      ]);
      if (text.trim() === "running" || text.trim() === "exited") return docker("kill", name("postgresql"));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  await run("docker", ["rm", "-f", name("plane_migrator")]);
  await refused(stack.up());
  await watcher;
  await docker("start", name("postgresql"));
  await converges();
});

test("a container, a network and a volume of our name that are not ours are refused in preview, all at once", async () => {
  const other = await TestStack.create("e2e-names", {
    "platform:prefix": "e2enames",
    "platform:httpPort": "18083",
    "platform:subnetPrefix": "10.230",
  });
  try {
    await docker("run", "-d", "--name", "e2enames_plane_web", "--entrypoint", "sleep", planeFrontend, "600");
    await docker("volume", "create", "e2enames_plane_uploads");
    await docker("network", "create", "--subnet", "10.230.9.0/24", "e2enames_backend");
    const text = await refused(other.preview());
    for (const what of [
      "container e2enames_plane_web",
      "volume e2enames_plane_uploads",
      "network e2enames_backend",
    ])
      assert.match(
        text,
        new RegExp(`${what} exists and belongs to something else.*pulumi config set platform:adopt true`),
      );
    assert.equal(await docker("inspect", "--format", "{{.State.Status}}", "e2enames_plane_web"), "running");

    await other.set("platform:adopt", "true");
    const adopted = await other.up();
    assert.equal(adopted.code, 0, adopted.text);
    assert.match(await docker("ps", "-a", "--format", "{{.Names}}"), /^e2enames_plane_web_before_\d+T\d+$/m);
    assert.deepEqual(await other.drift(), {});
  } finally {
    await other.dispose();
    await run("sh", ["-c", "docker ps -aq --filter name=^e2enames_ | xargs -r docker rm -f"]);
    await run("docker", ["volume", "rm", "e2enames_plane_uploads"]);
    await run("docker", ["network", "rm", "e2enames_backend"]);
  }
});

test("INFRA-04: a Caddyfile that Caddy refuses is put back as it was, with Caddy's own words", async () => {
  const folder = join(stack.directory, ".plane-ops/host/e2e-faults/configs/caddy/sites");
  const before = readFileSync(join(folder, "plane.caddy"), "utf8");
  writeFileSync(join(folder, "zz-broken.caddy"), "broken.example {\n\tno_such_directive\n}\n");
  await stack.set("platform:allowedClients", ["10.0.0.0/8"]);
  const text = await refused(stack.up());
  assert.match(text, /Caddy refuses .*plane\.caddy.*so the old file is back in place.*no_such_directive/s);
  assert.equal(readFileSync(join(folder, "plane.caddy"), "utf8"), before);
  await run("rm", [join(folder, "zz-broken.caddy")]);
  await stack.unset("platform:allowedClients");
  await converges();
});

test("a new Plane version is a dump, a stop, a migration and a start; a downgrade is refused with the way back", async () => {
  await variant("v1.4.0", "ENV APP_VERSION=1.4.0");
  await stack.set("plane:version", "v1.4.0");
  const { code, text } = await stack.up();
  assert.equal(code, 0, text);
  assert.equal(
    await docker("inspect", "--format", "{{.Config.Image}}", name("plane_migrator")),
    tagged(planeBackend, "v1.4.0"),
  );
  const releases = join(stack.directory, ".plane-ops/host/e2e-faults/data/plane-releases");
  const { text: dumps } = await run("ls", [releases]);
  const [dump = ""] = dumps.trim().split("\n").slice(-1);
  assert.match(dump, /^plane_production-.*\.dump$/);
  const listed = await run("sh", [
    "-c",
    `docker exec -i ${name("postgresql")} pg_restore --list < '${join(releases, dump)}'`,
  ]);
  assert.match(listed.text, /django_migrations/);

  await stack.unset("plane:version");
  assert.match(
    await refused(stack.preview()),
    /schema of Plane v1\.4\.0; v1\.3\.1 cannot run on it.*plane-downgrade\.md/s,
  );

  await stack.set("plane:version", "v1.4.0");
  await converges();
});

test("the downgrade runbook's commands bring the old version and the old data back", async () => {
  const releases = join(stack.directory, ".plane-ops/host/e2e-faults/data/plane-releases");
  const dump = (await run("sh", ["-c", `ls -t '${releases}' | head -n 1`])).text.trim();
  const runbook = readFileSync(new URL("../../docs/runbooks/plane-downgrade.md", import.meta.url), "utf8");
  const commands = runbook.split("\n").filter((line) => /^ +docker /.test(line));
  assert.equal(commands.length, 4);
  const script = commands.join("\n").replaceAll("javisi_", `${PREFIX}_`);
  const password = await docker("exec", name("postgresql"), "printenv", "POSTGRES_PASSWORD");
  const env = { ...toolEnvironment(), PGPASSWORD: password, DUMP: join(releases, dump) };
  const restored = await run("sh", ["-ec", script], { env });
  assert.equal(restored.code, 0, restored.text);

  await stack.unset("plane:version");
  await converges();
  assert.equal(
    await docker("inspect", "--format", "{{.Config.Image}}", name("plane_migrator")),
    planeBackend,
  );
  await stack.set("plane:version", "v1.4.0");
  await converges();
});

test("an upgrade whose migration fails leaves a dump, and going back to the old version starts it again", async () => {
  await stack.set("plane:version", "v1.4.1");
  const text = await refused(stack.up());
  assert.match(text, /The database as it was before is in .*plane_production-.*\.dump/);
  await stack.set("plane:version", "v1.4.0");
  await converges();
});

test("a database that was emptied under a running Plane is seen, migrated anew, and Plane runs on it again", async () => {
  const superuser = await docker("exec", name("postgresql"), "printenv", "POSTGRES_PASSWORD");
  const sql = ["DROP DATABASE plane_production WITH (FORCE)", "CREATE DATABASE plane_production OWNER plane"];
  for (const statement of sql)
    await docker(
      "exec",
      "-e",
      `PGPASSWORD=${superuser}`,
      name("postgresql"),
      "psql",
      "-U",
      "postgres",
      "-qc",
      statement,
    );
  assert.deepEqual(Object.keys(await stack.drift()), ["database", "plane-api", "plane-worker", "schema"]);
  const { code, text } = await stack.up("--refresh");
  assert.equal(code, 0, text);
  assert.match(text, /plane_production was empty.*pulumi up --refresh/);
  // What was inside could not be looked at without a schema; the next run sees that it is gone.
  await converges();
});

test("versions that share a schema may be exchanged in both directions", async () => {
  await variant("v1.4.2", "ENV APP_VERSION=1.4.0");
  await stack.set("plane:version", "v1.4.2");
  await converges();
  await stack.set("plane:version", "v1.4.0");
  await converges();
  await stack.unset("plane:version");
  assert.match(await refused(stack.preview()), /schema of Plane v1\.4\.0; v1\.3\.1 cannot run on it/);
  await stack.set("plane:version", "v1.4.0");
});

test(`an engine killed at any moment: the next run converges, nothing doubled, nothing orphaned (PLANE_OPS_SEED=${SEED})`, async () => {
  const random = seeded(SEED);
  await stack.must("destroy", "--yes", "--skip-preview");
  for (let round = 0; round < 4; round += 1) {
    const engine = stack.startUp();
    const seconds = 2 + random() * 14;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    if (engine.pid && engine.exitCode === null) process.kill(-engine.pid, "SIGKILL");
    await stack.pulumi("cancel", "--yes");
  }
  await converges();
  const urns = await stack.urns();
  assert.equal(new Set(urns).size, urns.length);
  const destroyed = await stack.pulumi("destroy", "--yes", "--skip-preview");
  assert.equal(destroyed.code, 0, destroyed.text);
  for (const kind of ["container", "network", "volume"])
    assert.equal(
      await docker(kind, "ls", "--quiet", "--filter", "label=io.javisi.stack=plane-ops/e2e-faults"),
      "",
      kind,
    );
});

/** `up --refresh` succeeds, Plane answers, and nothing is left to change. */
async function converges(): Promise<void> {
  const { code, text } = await stack.up("--refresh");
  assert.equal(code, 0, text);
  // A container that was only started again is not waited for, so Plane may still be booting.
  const health = [
    "-s",
    "--retry",
    "30",
    "--retry-all-errors",
    "--retry-delay",
    "1",
    "--fail",
    `http://work.localhost:${PORT}/api/health`,
  ];
  assert.equal((await run("curl", health)).text, '{"status": "OK"}');
  assert.deepEqual(await stack.drift(), {});
}

/** Plane's images under another version, the backend with one more line in its recipe. */
async function variant(version: string, line: string): Promise<void> {
  const recipe = `FROM ${planeBackend}\n${line}\n`;
  const built = await run(
    "sh",
    ["-c", `printf '%s' '${recipe}' | docker build -t ${tagged(planeBackend, version)} -`],
    { env: toolEnvironment() },
  );
  assert.equal(built.code, 0, built.text);
  for (const image of [planeFrontend, planeAdmin]) await docker("tag", image, tagged(image, version));
}

function tagged(image: string, version: string): string {
  return `${image.slice(0, image.lastIndexOf(":"))}:${version}`;
}
