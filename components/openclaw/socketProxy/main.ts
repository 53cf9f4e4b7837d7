import { chmodSync, rmSync } from "node:fs";
import type { SandboxRules } from "./rules.ts";
import { socketProxy } from "./server.ts";

/** The program of the proxy's container: `node socket-proxy.mjs <socket to listen on> <Docker's socket> <rules as JSON>`. */
const [listen = "", docker = "", rules = ""] = process.argv.slice(2);

// Of a proxy that was killed.
rmSync(listen, { force: true });
const server = socketProxy(docker, JSON.parse(rules) as SandboxRules, console.log);
server.listen(listen, () => chmodSync(listen, 0o660));
process.once("SIGTERM", () => process.exit());
