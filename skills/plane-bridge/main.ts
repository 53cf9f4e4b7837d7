#!/usr/bin/env node
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { register } from "./faces/plugin.ts";

/** OpenClaw loads this file as a plugin; started as a program it is the command line or the MCP server. */
export default register;

const program = process.argv[1];
if (program !== undefined && realpathSync(program) === realpathSync(fileURLToPath(import.meta.url))) {
  // Without await: OpenClaw's entry requires this file, and require takes no module that awaits.
  void import("./faces/program.ts").then(async ({ main }) => {
    process.exitCode = await main(process.argv.slice(2));
  });
}
