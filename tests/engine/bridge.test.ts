// Runs beside others: its servers have ports and folders of their own.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AGENTS } from "../../agents.ts";
import { parseConfig } from "../../skills/plane-bridge/core/config.ts";
import { insideSettings } from "../support/insidePlane.ts";
import { PersonInPlane } from "../support/personInPlane.ts";
import { PlaneServer } from "../support/planeServer.ts";
import { run, TestStack } from "../support/stack.ts";

/** The bridge on a platform's root of its own; host-files.test.ts has every kind of change of a file. */
let server: PlaneServer;
let stack: TestStack;
let root: string;
/** Every shell command that the program ran. */
let commands: string;
/** Every secret that was seen so far, and all that was printed. */
const secrets = new Set<string>();
let printed = "";

const AGENT_IDS = AGENTS.map(({ agentId }) => agentId);
const openclaw = (...path: string[]) => join(root, "data/openclaw", ...path);
const bridge = (...path: string[]) => openclaw("system/plane-bridge", ...path);
const read = (...path: string[]) => readFileSync(bridge(...path), "utf8");

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000 });
  root = mkdtempSync(join(tmpdir(), "plane-ops-root-"));
  commands = join(root, "commands");
  // What the program calls `sh` writes down what it is told, then does it.
  const shell = join(root, "bin");
  mkdirSync(shell);
  writeFileSync(join(shell, "sh"), `#!/bin/sh\nprintf '%s\\n' "$@" >> '${commands}'\nexec /bin/sh "$@"\n`, {
    mode: 0o755,
  });
  process.env.PATH = `${shell}:${process.env.PATH}`;
  stack = await TestStack.create("bridge", {
    ...insideSettings(server.url),
    "agents:bridge": "true",
    "agents:paused": "thot",
    "agents:budget": "250",
    "platform:root": root,
  });
});
after(async () => {
  await stack.dispose();
  await server.close();
  rmSync(root, { recursive: true });
});

/** Runs `up`, which succeeds, and notes what must not be seen anywhere. */
async function up(...flags: string[]): Promise<string> {
  const { code, text } = await stack.up(...flags);
  printed += text;
  assert.equal(code, 0, text);
  for (const token of Object.values(await tokens())) secrets.add(token);
  for (const name of readdirSync(bridge("secrets"))) secrets.add(read("secrets", name));
  return text;
}

async function tokens(): Promise<Record<string, string>> {
  return (await stack.outputs())["tokens"] as Record<string, string>;
}

function rightsOf(path: string): string {
  const { mode, uid, gid } = statSync(path);
  return `${(mode & 0o777).toString(8)} ${uid}:${gid}`;
}

test("OPENCLAW-01, AUTH-03: one up puts plugin, settings and a token for each agent where OpenClaw finds them, and takes kaneo-bridge away", async () => {
  for (const folder of ["system/skills", "state/sandboxes/agent-builder/skills"]) {
    mkdirSync(openclaw(folder, "kaneo-bridge"), { recursive: true });
    writeFileSync(openclaw(folder, "kaneo-bridge/SKILL.md"), "old");
    mkdirSync(openclaw(folder, "weather"));
  }
  await up();
  const given = await tokens();
  assert.deepEqual(readdirSync(bridge("tokens")).toSorted(), AGENT_IDS.toSorted());
  for (const agentId of AGENT_IDS) {
    assert.equal(read("tokens", agentId), given[agentId]);
    assert.equal(rightsOf(bridge("tokens", agentId)), "600 1000:1000");
  }
  assert.equal(rightsOf(bridge("tokens")), "700 1000:1000");
  assert.equal(rightsOf(bridge("secrets/hooks-token")), "600 1000:1000");
  assert.equal(rightsOf(bridge("secrets/events")), "600 1000:1000");
  assert.equal(rightsOf(bridge("state")), "700 1000:1000");
  assert.equal(rightsOf(bridge("bridge.json")), "644 1000:1000");
  assert.equal(rightsOf(bridge("plugin/plane-bridge.mjs")), "755 1000:1000");
  const skill = openclaw("system/skills/plane-bridge");
  assert.ok(lstatSync(skill).isSymbolicLink());
  assert.match(readFileSync(join(skill, "SKILL.md"), "utf8"), /^---\nname: plane-bridge\n/);
  assert.deepEqual(readdirSync(openclaw("system/skills")).toSorted(), ["plane-bridge", "weather"]);
  assert.deepEqual(readdirSync(openclaw("state/sandboxes/agent-builder/skills")), ["weather"]);
});

test("OPENCLAW-09: the settings are what the bridge reads, say how the agents work, and hold no secret", () => {
  const settings = parseConfig(JSON.parse(read("bridge.json")));
  assert.equal(settings.url, server.url);
  assert.deepEqual(
    settings.agents.map(({ agentId }) => agentId),
    AGENT_IDS,
  );
  assert.deepEqual(settings.people, [
    { email: "ada@javisi.test", role: 20 },
    { email: "n8n@javisi.local", role: 15 },
  ]);
  assert.deepEqual([settings.polling, settings.pollMinutes, settings.paused], ["plugin", 5, ["thot"]]);
  assert.deepEqual([settings.budget, settings.costPerHour], [250, 2]);
  assert.equal(settings.tokens, bridge("tokens"));
  assert.equal(settings.state, bridge("state"));
  assert.equal(settings.wake?.tokenFile, bridge("secrets/hooks-token"));
  for (const secret of secrets) assert.ok(!read("bridge.json").includes(secret));
});

test("the bundle runs where it is, and works with the settings and the tokens beside it", async () => {
  const program = bridge("plugin/plane-bridge.mjs");
  const help = await run("node", [program, "--help"]);
  assert.equal(help.code, 0, help.text);
  assert.match(help.text, /list.my.tasks/);
  const environment = {
    ...process.env,
    PLANE_BRIDGE_CONFIG: bridge("bridge.json"),
    PLANE_BRIDGE_TOKEN_FILE: bridge("tokens/imhotep"),
  };
  const listed = await run("node", [program, "list-my-tasks", "--json"], { env: environment });
  assert.equal(listed.code, 0, listed.text);
});

test("a second up changes nothing, and a look at the host finds no drift", async () => {
  assert.match(await up("--expect-no-changes"), /\d+ unchanged/);
  assert.deepEqual(await stack.drift(), {});
});

test("an edited, a deleted, an opened and a given-away file are drift, seen by preview --refresh and mended by up", async () => {
  writeFileSync(bridge("bridge.json"), "{}");
  rmSync(bridge("tokens/cfo"));
  chmodSync(bridge("tokens/imhotep"), 0o644);
  chownSync(bridge("tokens/thot"), 0, 0);
  rmSync(openclaw("system/skills/plane-bridge"));
  assert.deepEqual(await stack.drift(), { "plane-bridge-files": "update" });
  await up("--refresh");
  assert.deepEqual(await stack.drift(), {});
  const given = await tokens();
  assert.equal(read("tokens/cfo"), given["cfo"]);
  assert.deepEqual(
    [rightsOf(bridge("tokens/imhotep")), rightsOf(bridge("tokens/thot"))],
    ["600 1000:1000", "600 1000:1000"],
  );
  parseConfig(JSON.parse(read("bridge.json")));
});

test("AUTH-04: a rotated token is in its file before the old one dies; while the file cannot be written, the old one works", async () => {
  const old = read("tokens/imhotep");
  const status = (token: string) =>
    PersonInPlane.withToken(server.url, token).status("GET", "/api/v1/users/me/");
  rmSync(bridge("tokens/imhotep"));
  mkdirSync(bridge("tokens/imhotep"));
  await stack.set("plane:rotateTokens", "imhotep");
  const failed = await stack.up();
  printed += failed.text;
  assert.notEqual(failed.code, 0);
  assert.match(failed.text, /tokens\/imhotep on this machine is not a file of ours, and was left as it is/);
  assert.equal(await status(old), 200);

  rmSync(bridge("tokens/imhotep"), { recursive: true });
  await up();
  const rotated = read("tokens/imhotep");
  assert.notEqual(rotated, old);
  assert.equal(rotated, (await tokens())["imhotep"]);
  assert.deepEqual([await status(old), await status(rotated)], [403, 200]);
  await stack.unset("plane:rotateTokens");
  await up();
});

test("no token or secret is in the state, in what was printed, or on a command line", async () => {
  const state = await stack.state();
  const shell = readFileSync(commands, "utf8");
  assert.match(shell, /cat > /);
  assert.ok(secrets.size >= AGENT_IDS.length + 3);
  for (const secret of secrets) {
    assert.ok(secret.length >= 32);
    for (const text of [state, printed, shell]) assert.ok(!text.includes(secret));
  }
  assert.ok(state.length < 1_000_000, `${state.length} bytes`);
});

test("agents:bridge false takes the files away, and leaves what others have put beside them", async () => {
  writeFileSync(bridge("state/paused"), "all\n");
  writeFileSync(bridge("note.txt"), "mine");
  await stack.set("agents:bridge", "false");
  const { code, text } = await stack.up();
  assert.equal(code, 0, text);
  assert.deepEqual(readdirSync(bridge()), ["note.txt"]);
  assert.deepEqual(readdirSync(openclaw("system/skills")), ["weather"]);
});

test("destroy takes all of ours away", async () => {
  await stack.set("agents:bridge", "true");
  await up();
  const { code, text } = await stack.pulumi("destroy", "--yes", "--skip-preview");
  assert.equal(code, 0, text);
  assert.deepEqual(readdirSync(bridge()), ["note.txt"]);
  assert.ok(!existsSync(openclaw("system/skills/plane-bridge")));
});
