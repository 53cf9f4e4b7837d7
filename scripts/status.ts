import { existsSync } from "node:fs";
import http from "node:http";
import { command } from "./command.ts";
import { lookForEngine } from "./setup/docker.ts";
import { askEngine, type Endpoint } from "./setup/engine.ts";
import { pathsOf } from "./setup/paths.ts";
import { processInfo } from "./setup/processes.ts";
import { stackLabel } from "./stack/leftOvers.ts";
import { readState, stackLocks } from "./stack/state.ts";

await command(async () => {
  const paths = pathsOf();
  const found = await lookForEngine();
  console.log(
    `Docker   ${found.state === "running" ? `engine ${found.engine.version} answers` : `${found.state} (${found.where})`}`,
  );
  const state = readState(paths);
  if (!state || state.resources === 0) {
    console.log("Stack    nothing is up. Bring it up with: npm start");
    return 0;
  }
  const busy = stackLocks(paths).find(({ pid }) => processInfo(pid)?.name.startsWith("pulumi"));
  const update = busy ? `an update is at work (pid ${busy.pid})` : `last update ${local(state.updated)}`;
  const pending =
    state.pending.length > 0 ? `, ${state.pending.length} interrupted operations (npm start mends them)` : "";
  console.log(`Stack    ${state.resources} resources, ${update}${pending}; drift is not looked for here`);
  if (found.state === "running") await containers(found.engine.endpoint);
  if (state.planeUrl) {
    console.log(`Plane    ${state.planeUrl} ${await visit(state.planeUrl)}`);
  }
  if (!existsSync(paths.passphrase))
    console.log(`Missing  ${paths.passphrase}: put it back, or npm run down`);
  return 0;
});

async function containers(endpoint: Endpoint): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ label: [stackLabel] }));
  const list = await askEngine(endpoint, `/containers/json?all=1&filters=${filters}`);
  const rows = await Promise.all(
    (list.body as { Id: string; Names: string[]; State: string }[]).map(async ({ Id, Names, State }) => {
      const name = (Names[0] ?? Id).replace(/^\//, "");
      const { body } = await askEngine(endpoint, `/containers/${Id}/json`);
      const health = body.State?.Health?.Status ?? "";
      const words =
        State === "exited"
          ? `exited with ${body.State?.ExitCode}`
          : [State, health].filter(Boolean).join(", ");
      const limit = Number(body.HostConfig?.Memory ?? 0) / 2 ** 20;
      let memory = "";
      if (State === "running") {
        const stats = await askEngine(endpoint, `/containers/${Id}/stats?stream=false&one-shot=true`);
        const { usage = 0, stats: detail = {} } = stats.body.memory_stats ?? {};
        const used = (usage - (detail.inactive_file ?? detail.total_inactive_file ?? 0)) / 2 ** 20;
        memory = `${used.toFixed(0)} of ${limit > 0 ? `${limit} MiB` : "no limit"}`;
      }
      return [name, words, memory];
    }),
  );
  rows.sort(([a = ""], [b = ""]) => a.localeCompare(b));
  const width = (column: number) => Math.max(0, ...rows.map((row) => (row[column] ?? "").length));
  for (const [name = "", words = "", memory = ""] of rows) {
    console.log(`  ${name.padEnd(width(0))}  ${words.padEnd(width(1))}  ${memory.padStart(width(2))}`);
  }
}

/** What Plane's address answers. Names below localhost are this machine's, whatever its resolver thinks of them. */
async function visit(url: string): Promise<string> {
  const { hostname, port, host } = new URL(url);
  const here = hostname === "localhost" || hostname.endsWith(".localhost");
  return new Promise((resolve) => {
    const headers = { Host: host };
    const options = {
      host: here ? "127.0.0.1" : hostname,
      port: port || 80,
      path: "/",
      headers,
      timeout: 5000,
    };
    const request = http.get(options, (answer) => {
      answer.resume();
      resolve(`answers (HTTP ${answer.statusCode})`);
    });
    request.on("timeout", () => request.destroy(new Error("no answer within 5 s")));
    request.on("error", (error) => resolve(`does not answer (${error.message})`));
  });
}

function local(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "unknown" : date.toLocaleString();
}
