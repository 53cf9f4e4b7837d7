// Stands in for OpenClaw where only what is around it is tested: the same commands and routes, in a second.
// FAKE says how it misbehaves: `exits`, `mute` (no health), `lame` (a tool fails), `denied` (EACCES in its log).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";

const { version } = JSON.parse(readFileSync("/app/package.json", "utf8"));
const state = process.env.OPENCLAW_STATE_DIR;
const fault = process.env.FAKE;
const tools = ["plane_list_my_tasks", "plane_add_comment", "plane_create_task"];
const command = process.argv[2];

if (command === "--version") console.log(version);
else if (command === "skills") print({ skills: [{ name: "plane-bridge", eligible: true }] });
else if (command === "plugins")
  print({ plugins: [{ id: "plane-bridge", status: "loaded", toolNames: tools }] });
else if (command === "agent") agent();
else gateway();

function print(value) {
  console.log('{"a":"log line"}');
  console.log(JSON.stringify(value, undefined, 2));
}

function agent() {
  mkdirSync(`${state}/subagents`, { recursive: true });
  const run = { childSessionKey: "agent:builder:subagent:1", outcome: { status: "ok" } };
  writeFileSync(`${state}/subagents/runs.json`, JSON.stringify({ runs: { [Date.now()]: run } }));
  print({ status: "ok", runId: "1" });
}

function gateway() {
  console.log(`gateway ${version} with ${process.env.MODEL_KEY}`);
  process.on("SIGTERM", () => process.exit(0));
  JSON.parse(readFileSync(`${state}/openclaw.json`, "utf8"));
  const sessions = `${state}/sessions`;
  const mine = `written by ${version}\n`;
  // Each version changes the state of the other.
  if (!existsSync(sessions) || readFileSync(sessions, "utf8") !== mine) writeFileSync(sessions, mine);
  if (fault === "exits") throw new Error("this version does not start");
  if (fault === "denied") console.log("Error: EACCES: permission denied, open '/x'");
  createServer(async (request, response) => {
    const answer = (status, body) => response.writeHead(status).end(JSON.stringify(body));
    if (request.url === "/healthz") return fault === "mute" ? answer(503, {}) : answer(200, { status: "ok" });
    if (request.headers.authorization !== `Bearer ${process.env.OPENCLAW_GATEWAY_TOKEN}`)
      return answer(401, {});
    const body = await new Response(request).json();
    if (body.tool === "plane_create_task" && body.sessionKey !== "agent:concierge:main") {
      return answer(404, { error: { message: `Tool not available: ${body.tool}` } });
    }
    const fails = body.tool !== "plane_list_my_tasks" || fault === "lame";
    const text = fault === "lame" ? "Plane does not answer" : fails ? "task_id: Invalid input" : "no tasks";
    const details = fails ? { status: "error", error: text } : [];
    answer(200, { result: { content: [{ text }], details } });
  }).listen(18789);
}
