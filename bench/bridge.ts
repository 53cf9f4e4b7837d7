import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Paths } from "../scripts/setup/paths.ts";
import { call } from "../skills/plane-bridge/core/call.ts";
import { listing } from "../skills/plane-bridge/faces/mcp.ts";
import { Poller } from "../skills/plane-bridge/poller/poller.ts";
import { BridgeAtWork } from "../tests/support/bridgeAtWork.ts";
import { InProcessEngine } from "../tests/support/inProcessEngine.ts";
import { insidePlane } from "../tests/support/insidePlane.ts";
import { PlaneServer } from "../tests/support/planeServer.ts";
import { inTurn, seconds } from "./measure.ts";

/** What a tool call may take, as a multiple of the request that it cannot do without. */
const CALL_GOAL = 1.2;
/** The median of a real Plane's list of 700 work items, with the fields named (contracts/plane, figures). */
const REAL_LIST_MS = 121;
const ROUNDS = 200;
const LATE_ROUNDS = 40;
const STARTS = 15;
/** What a token of a model is about, for JSON and English. */
const BYTES_PER_TOKEN = 4;

/**
 * The bridge: starting its program against starting Node on nothing, a warm tool call against the bare request to the
 * same server, what the listing of all tools costs a model, and the requests of ten agents that look for work.
 */
export async function benchBridge(paths: Paths, signal: AbortSignal): Promise<string[]> {
  const server = await PlaneServer.start({ apiRateLimit: 10_000_000 });
  const engine = new InProcessEngine(await insidePlane(server.url));
  await engine.up();
  const bridge = await BridgeAtWork.open(server, engine);
  try {
    return [
      await start(bridge, paths, signal),
      await toolCall(bridge, server),
      listed(),
      await polls(bridge),
    ];
  } finally {
    bridge.close();
    await server.close();
  }
}

async function start({ home }: BridgeAtWork, { root: cwd }: Paths, signal: AbortSignal): Promise<string> {
  await home.install();
  const options = { cwd, env: home.env("imhotep"), signal };
  const { program, node } = await inTurn(STARTS, {
    program: () => seconds(process.execPath, [home.program, "--help"], options),
    node: () => seconds(process.execPath, ["-e", ""], options),
  });
  return `start of plane-bridge               ${milliseconds(program)}  ${(program / node).toFixed(1)} x Node on nothing (${milliseconds(node).trim()})`;
}

/** The same call against a server that answers as late as a real Plane, and against one that answers at once. */
async function toolCall(bridge: BridgeAtWork, server: PlaneServer): Promise<string> {
  const desk = bridge.desk("imhotep");
  const look = () => call("plane_list_my_tasks", {}, desk);
  await look();
  const paths = await requestsOf(look);
  const headers = { "x-api-key": desk.access.token ?? "" };
  const bare = async () => {
    for (const path of paths) await (await fetch(`${server.url}${path}`, { headers })).json();
  };
  const both = (rounds: number) => inTurn(rounds, { tool: () => timed(look), floor: () => timed(bare) });
  const quick = await both(ROUNDS);
  const late = REAL_LIST_MS - quick.floor * 1000;
  await server.order({
    at: 1,
    times: Number.MAX_SAFE_INTEGER,
    kind: "executed-slow",
    path: "^/api/",
    ms: late,
  });
  const real = await both(LATE_ROUNDS);
  await server.clearFaults();
  const ratio = real.tool / real.floor;
  return (
    `plane_list_my_tasks, warm           ${milliseconds(real.tool)}  ${ratio.toFixed(2)} x the bare request at a real Plane's pace (goal <= ${CALL_GOAL}${ratio <= CALL_GOAL ? "" : ", missed"}); ` +
    `${milliseconds(quick.tool - quick.floor).trim()} of its own, which is ${(quick.tool / quick.floor).toFixed(2)} x a request that takes ${milliseconds(quick.floor).trim()}`
  );
}

/** Paths with their queries that this process asks for meanwhile: Node tells of every request of its fetch. */
async function requestsOf(work: () => Promise<unknown>): Promise<string[]> {
  const paths: string[] = [];
  const note = (message: unknown) => paths.push((message as { request: { path: string } }).request.path);
  subscribe("undici:request:create", note);
  try {
    await work();
  } finally {
    unsubscribe("undici:request:create", note);
  }
  return paths;
}

function listed(): string {
  const bytes = Buffer.byteLength(JSON.stringify(listing({ isConcierge: true })));
  return `listing of all tools                ${String(bytes).padStart(6)} B  about ${Math.ceil(bytes / BYTES_PER_TOKEN)} tokens`;
}

/** Looks of the poller's, when nothing has changed since the one before. */
async function polls(at: BridgeAtWork): Promise<string> {
  const { agents } = at.bridge.config;
  const poller = new Poller(at.bridge, (agentId) => at.desk(agentId));
  const everyone = async () => {
    for (const { agentId } of agents) await poller.look(agentId);
  };
  const first = await requestsOf(everyone);
  await everyone();
  const next = await requestsOf(everyone);
  if (at.logged.length > 0) throw new Error(at.logged.join("\n"));
  const each = (requests: string[]) => (requests.length / agents.length).toFixed(1);
  return `requests of a poll                  ${each(next).padStart(8)}  for each of ${agents.length} agents when nothing is new; ${each(first)} for the first one`;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(1)} ms`.padStart(8);
}
