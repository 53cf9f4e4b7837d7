import "../../plane/localhost.ts";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseConfig } from "../../config.ts";
import type { Access } from "../../plane/access.ts";
import { announceAttachment, confirmAttachment } from "../../plane/api/attachments.ts";
import { archivesOf, type Place, placeOfBackups, program } from "../../scripts/backup/place.ts";
import { checked, rowsOf } from "../../scripts/backup/restore.ts";
import { drill, restore } from "../../scripts/backup/sequence.ts";
import { readVersions } from "../../versions.ts";
import { seeded } from "../support/seeded.ts";
import { docker, run, sweepNames, TestStack } from "../support/stack.ts";

/** Plane saved, destroyed and restored from archive and passphrase, with the real PostgreSQL, gpg and pg_dump. */
const PREFIX = "e2ebackup";
const PORT = 18_091;
const SITE = `http://work.localhost:${PORT}`;
const PASSPHRASE = "a-passphrase-of-a-test";
const ITEMS = 500;
const ATTACHMENTS = 50;
const SEED = Number(process.env.PLANE_OPS_SEED ?? Date.now() % 100_000);
/** A restore has sixteen calls until Plane starts; each is killed before and during it by PLANE_OPS_KILLS=32. */
const CALLS = 16;
const KILLS = Number(process.env["PLANE_OPS_KILLS"] ?? 4);
const RESTORE = fileURLToPath(new URL("../support/restoreProgram.ts", import.meta.url));

let stack: TestStack;
let place: Place;
let archive: string;
let token: string;
/** SHA-256 of each attachment by its path below the workspace. */
const files = new Map<string, string>();
let saved: Map<string, number>;
const folder = mkdtempSync(join(tmpdir(), "plane-ops-backup-"));

before(async () => {
  await sweepNames(`${PREFIX}_`);
  const settings = {
    "platform:prefix": PREFIX,
    "platform:httpPort": String(PORT),
    "platform:subnetPrefix": "10.235",
    "plane:apiRateLimit": "100000/minute",
    "backup:enabled": "true",
  };
  stack = await TestStack.create("e2e-backup", settings);
  await stack.setSecret("backup:passphrase", PASSPHRASE);
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  const config = parseConfig(settings, {
    ...{ project: "plane-ops", stack: stack.name, directory: stack.directory },
    ...{ images: readVersions().images, secretKeys: new Set<string>() },
  });
  place = await placeOfBackups(config);
  token = String(((await stack.outputs())["tokens"] as Record<string, string>)["imhotep"]);
  await fill();
});

after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stack?.dispose();
});

async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = { Authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(`${SITE}/api/v1/workspaces/javisi/${path}`, { ...init, headers });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return (await answer.json()) as T;
}

/** Five hundred tasks in the example project, fifty of them with a file. */
async function fill(): Promise<void> {
  const { results } = await api<{ results: { id: string; name: string }[] }>("projects/");
  const project = results.find(({ name }) => name === "Onboarding")?.id ?? "";
  const access: Access = {
    ...{ url: SITE, email: "imhotep@javisi.local", password: "", token },
    ...{ rateLimit: 100_000, deployed: true, throughSite: true },
  };
  for (let from = 0; from < ITEMS; from += 10)
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const body = JSON.stringify({ name: `Tâche ${from + index}` });
        const { id } = await api<{ id: string }>(`projects/${project}/work-items/`, { method: "POST", body });
        if (from + index < ATTACHMENTS) await attach(access, { slug: "javisi", project, id }, from + index);
      }),
    );
}

async function attach(
  access: Access,
  item: { slug: string; project: string; id: string },
  number: number,
): Promise<void> {
  const content = randomBytes(2000 + number * 97);
  const { id, upload } = await announceAttachment(access, item, {
    ...{ name: `fichier-${number}.pdf`, type: "application/pdf", size: content.length },
    ...{ external_source: "test", external_id: `file:${number}` },
  });
  const form = new FormData();
  for (const [field, value] of Object.entries(upload.fields)) form.append(field, value);
  form.append("file", new Blob([content], { type: "application/pdf" }), `fichier-${number}.pdf`);
  const answer = await fetch(`${SITE}${new URL(upload.url).pathname}`, { method: "POST", body: form });
  assert.ok(answer.ok, `${answer.status} ${await answer.clone().text()}`);
  await confirmAttachment(access, item, id);
  const path = `projects/${item.project}/work-items/${item.id}/attachments/${id}/`;
  files.set(path, createHash("sha256").update(content).digest("hex"));
}

/** The attachments as Plane gives them out to somebody with the old token. */
async function readable(): Promise<Map<string, string>> {
  const read = async (path: string): Promise<[string, string]> => {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await fetch(`${SITE}/api/v1/workspaces/javisi/${path}`, { headers, redirect: "manual" });
    const target = new URL(answer.headers.get("location") ?? "", SITE);
    const content = await fetch(`${SITE}${target.pathname}${target.search}`);
    return [
      path,
      createHash("sha256")
        .update(Buffer.from(await content.arrayBuffer()))
        .digest("hex"),
    ];
  };
  return new Map(await Promise.all([...files.keys()].map(read)));
}

const sql = (text: string) =>
  docker(
    ...["exec", place.container.backup, "bash", "-c"],
    `PGPASSFILE=/run/plane-backup/pgpass psql -X -A -t -c "$0"`,
    text,
  );

/** All tasks, tokens and files are gone. */
async function destroyData(): Promise<void> {
  await sql("TRUNCATE issues, api_tokens CASCADE");
  await docker("exec", `${PREFIX}_plane_minio`, "sh", "-c", "rm -rf /data/uploads/*");
}

const rows = () => rowsOf(place, place.database);
const byName = (map: Map<string, unknown>) => [...map].sort();

/** Sessions and logs that Plane writes by itself since it runs again. */
function settled(map: Map<string, number>) {
  return byName(map).filter(([table]) => !/session|log|celery|activit/.test(table));
}

const restoring = { say: () => {}, confirm: async () => {} };

test("INFRA-05: a backup is one encrypted archive that was read back, with figures for the collector", async (context) => {
  const said = await program(place, "run");
  context.diagnostic(said.trim());
  [archive = ""] = await archivesOf(place);
  assert.match(said, new RegExp(`^${archive} is saved and verified`));
  const manifest = await checked(place, archive);
  saved = manifest.rows;
  assert.deepEqual(settled(saved), settled(await rows()));
  assert.ok((saved.get("issues") ?? 0) >= ITEMS);
  assert.ok(manifest.objects.size >= ATTACHMENTS);
  assert.deepEqual(manifest.members, ["database.dump", "uploads.tar.zst", "settings.json"]);
  const metrics = readFileSync(`${place.folder.archives}/metrics/plane_backup.prom`, "utf8");
  assert.match(metrics, /^plane_backup_failed 0$/m);
  assert.match(metrics, /^plane_backup_verified_timestamp_seconds \d+$/m);
});

test("INFRA-05: nothing of an archive can be read without the passphrase, and no secret stands in a command line", async () => {
  const text = readFileSync(join(place.folder.archives, archive)).toString("latin1");
  for (const word of ["Tâche", "plane-ops 1", "secretKey", "PGDMP"])
    assert.ok(!text.includes(Buffer.from(word).toString("latin1")), word);
  const inspected = await docker("inspect", place.container.backup);
  for (const secret of [PASSPHRASE, place.server.password]) assert.ok(!inspected.includes(secret));
  assert.equal(
    await docker("exec", place.container.backup, "stat", "-c", "%a", `/archives/${archive}`),
    "600",
  );
});

test("INFRA-05: a second `up` changes nothing, and a passphrase that was edited on the host is drift", async () => {
  assert.deepEqual(await stack.drift(), {});
  writeFileSync(`${place.folder.secrets}/passphrase`, "another");
  assert.deepEqual(Object.keys(await stack.drift()), ["backup-files"]);
  const up = await stack.up("--refresh");
  assert.equal(up.code, 0, up.text);
});

test("INFRA-05: an archive that is empty, cut short, half uploaded, foreign or of another passphrase is refused before anything is touched", async () => {
  const good = join(place.folder.archives, archive);
  const bad = "plane-20200101T000000Z.tar";
  const path = join(place.folder.archives, bad);
  const stranger = join(folder, "stranger");
  writeFileSync(stranger, "nothing of ours");
  const cases: [make: () => Promise<unknown> | unknown, says: RegExp][] = [
    [() => writeFileSync(path, ""), /is empty/],
    [() => truncateSync(path, 700), /cut short|no archive of ours|damaged/],
    [() => truncateSync(path, Math.floor(readFileSync(good).length * 0.6)), /cut short|damaged|has no/],
    [() => run("tar", ["-cf", path, "-C", folder, "stranger"]), /no manifest/],
  ];
  const before = byName(await rows());
  for (const [make, says] of cases) {
    copyFileSync(good, path);
    await make();
    await assert.rejects(restore(place, bad, restoring), says);
  }
  copyFileSync(good, path);
  const wrong = `printf other > /tmp/other; sed 's#--passphrase-file [^ ]*#--passphrase-file /tmp/other#' /opt/plane-backup/plane-backup > /tmp/p; bash /tmp/p verify /archives/${bad}`;
  const { code, text } = await run("docker", ["exec", place.container.backup, "bash", "-c", wrong]);
  assert.notEqual(code, 0);
  assert.match(text, /another passphrase/);
  rmSync(path);
  assert.deepEqual(byName(await rows()), before);
});

test("INFRA-05: a drill puts the archive beside the Plane that runs, signs in, uses a token, reads an attachment, and leaves nothing", async (context) => {
  const { conciergePassword, tokens } = await stack.outputs();
  const person = {
    email: "concierge@javisi.local",
    password: String(conciergePassword),
    token: (tokens as Record<string, string>)["concierge"] ?? "",
  };
  const before = byName(await rows());
  const said: string[] = [];
  await drill(place, archive, person, (line) => said.push(line));
  context.diagnostic(said.join("; "));
  assert.match(said.join("\n"), /signs in\n.*the token works\n.*an attachment of \d+ bytes is read/);
  assert.deepEqual(byName(await rows()), before);
  const left = await docker("ps", "--all", "--quiet", "--filter", `name=^${PREFIX}_plane_(drill|restore)`);
  assert.equal(left, "");
  assert.equal(await docker("volume", "ls", "--quiet", "--filter", `name=${place.volume.beside}`), "");
  await assert.rejects(
    drill(place, archive, { ...person, password: "not it" }, () => {}),
    /cannot sign in/,
  );
});

test("INFRA-05: from archive and passphrase alone everything is as it was: rows, files, and the old token", async (context) => {
  await destroyData();
  const began = performance.now();
  await restore(place, archive, { ...restoring, say: (line) => context.diagnostic(line) });
  context.diagnostic(`${Math.round((performance.now() - began) / 1000)} s in all`);
  assert.deepEqual(settled(await rows()), settled(saved));
  assert.deepEqual(byName(await readable()), byName(files));
  const up = await stack.up("--refresh");
  assert.equal(up.code, 0, up.text);
  assert.deepEqual(await stack.drift(), {});
});

test(`INFRA-05: a restore that is killed leaves the old data or the saved one, and is run again (PLANE_OPS_SEED=${SEED})`, async (context) => {
  const random = seeded(SEED);
  const moments = Array.from({ length: CALLS * 2 }, (_, index) => ({
    at: 1 + (index >> 1),
    how: index % 2 === 0 ? ("before" as const) : ("during" as const),
    order: random(),
  })).sort((a, b) => a.order - b.order);
  for (const { at, how } of moments.slice(0, KILLS)) {
    await destroyData();
    await killedRestore(at, how);
    const items = Number(await sql("SELECT count(*) FROM issues"));
    const isSaved = items > 0;
    context.diagnostic(`killed ${how} call ${at}: ${isSaved ? "the saved data" : "the old data"} is there`);
    if (isSaved) assert.equal(items, saved.get("issues"));
    await restore(place, archive, restoring);
    assert.deepEqual(settled(await rows()), settled(saved));
    assert.deepEqual(byName(await readable()), byName(files));
  }
});

test("INFRA-05: OpenClaw's state is in the archive where there is one, and the runbook's commands bring it back with its owners", async () => {
  const [state, again] = [join(folder, "state"), join(folder, "again")];
  mkdirSync(join(state, "agents/main"), { recursive: true });
  mkdirSync(again);
  writeFileSync(join(state, "agents/main/sessions.json"), "{}", { mode: 0o600 });
  chownSync(join(state, "agents/main/sessions.json"), 1000, 1000);
  const { backup } = place.container;
  const [image = "", user = "", ...variables] = (
    await docker(
      ...["inspect", "--format", "{{.Image}}\n{{.Config.User}}{{range .Config.Env}}\n{{.}}{{end}}", backup],
    )
  ).split("\n");
  // As this stack's own container, and with a folder of OpenClaw's.
  const said = await docker(
    ...["run", "--rm", "--volumes-from", backup, "--volume", `${state}:/openclaw:ro`],
    ...["--network", place.network, "--user", user, "--cap-drop", "ALL", "--cap-add", "DAC_READ_SEARCH"],
    ...variables.flatMap((each) => ["--env", each]),
    ...["--entrypoint", "/opt/plane-backup/plane-backup", image, "run"],
  );
  assert.match(said, /is saved and verified/);
  const [newest = ""] = await archivesOf(place);
  assert.ok((await checked(place, newest)).members.includes("openclaw.tar.zst"));
  const part = `/opt/plane-backup/plane-backup part /archives/${newest} openclaw.tar.zst | zstd -d`;
  const { code, text } = await run("bash", [
    ...[
      "-o",
      "pipefail",
      "-c",
      'docker exec "$1" bash -o pipefail -c "$2" | tar --extract --same-owner --directory "$3"',
    ],
    ...["_", backup, part, again],
  ]);
  assert.equal(code, 0, text);
  const file = join(again, "agents/main/sessions.json");
  assert.equal(readFileSync(file, "utf8"), "{}");
  const { uid, mode } = statSync(file);
  assert.deepEqual([uid, mode & 0o777], [1000, 0o600]);
});

/** Runs a restore whose `docker` kills it at its call number `at`, before or while the call is carried out. */
async function killedRestore(at: number, how: "before" | "during"): Promise<void> {
  const job = join(folder, "job.json");
  const calls = join(folder, "calls");
  writeFileSync(job, JSON.stringify({ place, archive }));
  writeFileSync(calls, "");
  const real = (await run("which", ["docker"])).text.trim();
  const shim = join(folder, "docker");
  writeFileSync(
    shim,
    [
      "#!/bin/sh",
      `echo >> ${calls}`,
      `if [ "$(wc -l < ${calls})" = ${at} ]; then`,
      how === "before" ? "  :" : `  ${real} "$@" & sleep 0.3`,
      `  kill -9 "$(cat ${job}.pid)"; exit 137`,
      "fi",
      `exec ${real} "$@"`,
    ].join("\n"),
  );
  chmodSync(shim, 0o755);
  const env = { ...process.env, PATH: `${folder}:${process.env["PATH"]}` };
  const child = spawn(process.execPath, [RESTORE, job], { env, stdio: "ignore" });
  await once(child, "exit");
  // What the killed call goes on with, in the container.
  await new Promise((resolve) => setTimeout(resolve, 3000));
}
