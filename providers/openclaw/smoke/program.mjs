// Runs inside the gateway's container, fed to `node` on standard input behind a line that sets `smokeSpec`.
// Node's own modules only. Prints one line of JSON for each check as it ends; exits 0 whatever they say.
import { execFile } from "node:child_process";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAM = "/app/openclaw.mjs";
const PLUGIN = "plane-bridge";
/** A cold start of OpenClaw's own commands takes half a minute on two cores. */
const COMMAND_SECONDS = 120;
const CALL_SECONDS = 45;
/** A service is asked what it answers at once. */
const SERVICE_SECONDS = 15;
const SPAWN_SECONDS = 240;
/** Files of the agents' workspaces that are looked at. */
const FILES = 20_000;
/** PostgreSQL's code for: it starts, stops or recovers. */
const CANNOT_CONNECT_NOW = "57P03";
const REFUSAL = /input|required|expected|invalid|missing|argument/i;

const { port, version, tools, agents, services, spawn, folders, user } = globalThis.smokeSpec;
const base = `http://127.0.0.1:${port}`;
const uid = Number(user.split(":")[0]);
let lastSpawned = {};

await check("health", CALL_SECONDS, health);
await check("version", COMMAND_SECONDS, reportedVersion);
await check("skill", COMMAND_SECONDS, skill);
await check("plugin", COMMAND_SECONDS, plugin);
for (const tool of tools) await check(`tool ${tool.name}`, CALL_SECONDS, () => callTool(tool));
for (const [name, url] of Object.entries(services)) {
  await check(`service ${name}`, SERVICE_SECONDS, () => reach(url), `${url}: `);
}
await check("spawn", SPAWN_SECONDS, spawnOnce);
await check("processes", CALL_SECONDS, processes);
await check("ownership", CALL_SECONDS, ownership);
process.exit(0);

/** What a check returns is said, behind what it is about; what it throws is why it failed. */
async function check(name, limit, look, about = "") {
  const started = performance.now();
  let ok = true;
  let said;
  try {
    const late = sleep(limit * 1000, undefined, { ref: false }).then(() => {
      throw new Error(`no answer within ${limit} s`);
    });
    said = await Promise.race([look(), late]);
  } catch (error) {
    ok = false;
    const { message, code } = error.cause ?? error;
    // That of several addresses that were tried in vain has no message.
    said = message || code;
  }
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  console.log(JSON.stringify({ name, ok, seconds, said: `${about}${said}`.slice(0, 300) }));
}

async function health() {
  const answer = await fetch(`${base}/healthz`);
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`/healthz answers ${answer.status}: ${text.trim()}`);
  const { status } = JSON.parse(text);
  if (status !== "ok") throw new Error(`/healthz says ${status}`);
  return "the plugin's route answers";
}

async function reportedVersion() {
  const packaged = JSON.parse(readFileSync("/app/package.json", "utf8")).version;
  const said = (await openclaw("--version")).trim().split("\n").at(-1);
  if (packaged !== version || !said.includes(version)) {
    throw new Error(`${version} is wanted, the image holds ${packaged} and says "${said}"`);
  }
  return said;
}

async function skill() {
  const { skills } = jsonOf(await openclaw("skills", "list", "--json"));
  const found = skills.find(({ name }) => name === PLUGIN);
  if (found === undefined) throw new Error(`the skill ${PLUGIN} is not listed`);
  if (!found.eligible) throw new Error(`the skill ${PLUGIN} is not eligible`);
  return `${PLUGIN} is eligible`;
}

async function plugin() {
  const { plugins } = jsonOf(await openclaw("plugins", "list", "--json"));
  const found = plugins.find(({ id }) => id === PLUGIN);
  if (found?.status !== "loaded") throw new Error(`the plugin ${PLUGIN} is ${found?.status ?? "not listed"}`);
  const missing = tools.filter(({ name }) => !found.toolNames.includes(name)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`the plugin does not offer ${missing.join(", ")}`);
  return `loaded with ${found.toolNames.length} tools`;
}

/** As who may call it: for real where nothing changes, else with an input that the tool itself refuses. */
async function callTool({ name, callers, asks }) {
  const caller = callers === "concierge" ? agents.concierge : agents.imhotep;
  const answer = await invoke(caller, name);
  if (answer.status !== 200) throw new Error(`${answer.status} for ${caller}: ${answer.text}`);
  if (asks && !answer.failed) throw new Error("an empty input was not refused");
  if (asks && !REFUSAL.test(answer.text)) throw new Error(answer.text);
  if (!asks && answer.failed) throw new Error(answer.text);
  const said = `${caller}: ${asks ? "refuses an empty input" : "answers"}`;
  if (callers !== "concierge") return said;
  const other = await invoke(agents.imhotep, name);
  if (other.status === 200) throw new Error(`${agents.imhotep} may call it too`);
  return `${said}; ${agents.imhotep}: not available`;
}

async function invoke(agent, tool) {
  const answer = await fetch(`${base}/tools/invoke`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${process.env.OPENCLAW_GATEWAY_TOKEN}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ tool, args: {}, sessionKey: `agent:${agent}:main` }),
  });
  const text = await answer.text();
  const { result, error } = text.startsWith("{") ? JSON.parse(text) : {};
  return {
    status: answer.status,
    failed: result?.details?.status === "error",
    text: result?.content?.map((part) => part.text).join("") ?? error?.message ?? text,
  };
}

/** A service that asks for a key is reached: keys are not this check's business. */
async function reach(url) {
  const { protocol, hostname, port } = new URL(url);
  if (protocol === "tcp:") return knock(hostname, Number(port));
  if (protocol === "postgresql:") return askPostgresql(hostname, Number(port || 5432));
  const answer = await fetch(url, { redirect: "manual" });
  await answer.body?.cancel();
  if (answer.status >= 500 || answer.status === 404) throw new Error(`answers ${answer.status}`);
  return `answers ${answer.status}`;
}

function knock(host, port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => resolve("takes connections"));
    socket.on("connect", () => socket.end()).on("error", reject);
  });
}

/** A start of the protocol, as pg_isready makes it: whatever PostgreSQL then asks for, it is there. */
function askPostgresql(host, port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(startOfProtocol()));
    let answer = Buffer.alloc(0);
    socket.on("error", reject).on("close", () => reject(new Error("closes without an answer")));
    socket.on("data", (data) => {
      answer = Buffer.concat([answer, data]);
      const kind = String.fromCharCode(answer[0]);
      const isWhole = answer.length >= 5 && answer.length > answer.readUInt32BE(1);
      if (kind === "R") resolve("is a PostgreSQL that takes connections");
      else if (kind !== "E") reject(new Error("is no PostgreSQL"));
      else if (!isWhole) return;
      else judge(answer.toString("utf8", 5));
      socket.destroy();
    });
    function judge(error) {
      const { C: code, M: message } = fieldsOf(error);
      if (code === undefined) reject(new Error("is no PostgreSQL"));
      else if (code === CANNOT_CONNECT_NOW) reject(new Error(`is a PostgreSQL that says: ${message}`));
      else resolve(`is a PostgreSQL that says: ${message}`);
    }
  });
}

/** Version 3.0, a user and a database. */
function startOfProtocol() {
  const settings = Buffer.from("user\0postgres\0database\0postgres\0\0");
  const head = Buffer.alloc(8);
  head.writeUInt32BE(head.length + settings.length, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, settings]);
}

/** Of an error of PostgreSQL's: values by the letter of their kind. */
function fieldsOf(error) {
  return Object.fromEntries(error.split("\0").map((field) => [field.slice(0, 1), field.slice(1)]));
}

/** Judged by OpenClaw's own record: the command exits 0 also when the spawn was refused (contracts/openclaw). */
async function spawnOnce() {
  if (!spawn) return "not run: no model is configured";
  const before = new Set(Object.keys(spawned()));
  const message =
    `Smoke test after an upgrade. Call sessions_spawn once with agentId "${agents.imhotep}" and the task ` +
    '"Answer with the word bonjour, and do nothing else", then answer with the word done.';
  let answer;
  let failure;
  // Its record is looked at meanwhile: the command may well outlast what it began.
  openclaw("agent", "--agent", agents.concierge, "--message", message, "--json").then(
    (said) => {
      answer = jsonOf(said);
    },
    (error) => {
      failure = error;
    },
  );
  for (;;) {
    const hasEnded = answer !== undefined || failure !== undefined;
    const mine = Object.entries(spawned()).find(
      ([id, run]) => !before.has(id) && run.childSessionKey?.startsWith(`agent:${agents.imhotep}:`),
    );
    const outcome = mine?.[1].outcome?.status;
    if (outcome === "ok") return `${agents.concierge} spawned ${agents.imhotep}, which ended well`;
    if (outcome !== undefined) throw new Error(`${agents.imhotep} ended with ${outcome}`);
    if (mine === undefined && hasEnded) {
      if (failure !== undefined) throw failure;
      // Without a run id the command has answered by itself, the gateway being down.
      const ran = answer.status === "ok" && answer.runId !== undefined;
      throw new Error(`${agents.concierge} ${ran ? `spawned no ${agents.imhotep}` : "did not run"}`);
    }
    await sleep(500);
  }
}

/** Runs by id. OpenClaw writes the file in place, so it may be read half-written: then the last look holds. */
function spawned() {
  const state = process.env.OPENCLAW_STATE_DIR ?? join(process.env.HOME ?? "", ".openclaw");
  try {
    lastSpawned = JSON.parse(readFileSync(join(state, "subagents/runs.json"), "utf8")).runs;
  } catch (error) {
    if (error.code !== "ENOENT" && !(error instanceof SyntaxError)) throw error;
  }
  return lastSpawned;
}

/** A command that Docker starts, as for a health check, is root's for a moment before it is the user's. */
async function processes() {
  const first = othersProcesses();
  await sleep(2000);
  const others = othersProcesses().filter((process) => first.includes(process));
  if (others.length > 0) throw new Error(`processes of other users than ${uid}: ${others.join(", ")}`);
  return `all are of user ${uid}`;
}

function othersProcesses() {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.flatMap((id) => {
    const status = readStatus(id);
    const ids = status === undefined ? [] : /^Uid:\s+(.*)$/m.exec(status)[1].split(/\s+/).map(Number);
    return ids.every((each) => each === uid) ? [] : [`${id} (${ids[0]})`];
  });
}

/** Nothing of a process that has ended meanwhile. */
function readStatus(id) {
  try {
    return readFileSync(`/proc/${id}/status`, "utf8");
  } catch {
    return undefined;
  }
}

async function ownership() {
  let seen = 0;
  const wrong = [];
  const waiting = [...folders];
  for (let path = waiting.pop(); path !== undefined && seen < FILES; path = waiting.pop(), seen++) {
    const stat = lstatSync(path, { throwIfNoEntry: folders.includes(path) });
    if (stat === undefined) continue;
    if (stat.uid !== uid) wrong.push(path);
    if (stat.isDirectory()) waiting.push(...readdirSync(path).map((name) => join(path, name)));
  }
  if (wrong.length > 0) throw new Error(`not of user ${uid}: ${wrong.slice(0, 5).join(", ")}`);
  return `${seen} files and folders are of user ${uid}`;
}

function openclaw(...words) {
  return new Promise((resolve, reject) => {
    const limits = { timeout: COMMAND_SECONDS * 1000, killSignal: "SIGKILL", maxBuffer: 2 ** 26 };
    execFile(process.execPath, [PROGRAM, ...words], limits, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(new Error(`openclaw ${words[0]}: ${(stderr || stdout || error.message).trim().slice(-300)}`));
    });
  });
}

/** Log lines may come before the document. */
function jsonOf(text) {
  return JSON.parse(text.slice(text.search(/^[{[]\s*$/m)));
}
