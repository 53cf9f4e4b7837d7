#!/usr/bin/env node
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { register } from "./faces/plugin.ts";

/** OpenClaw loads this file as a plugin; started as a program it is the command line or the MCP server. */
export default register;

const program = process.argv[1];
if (program !== undefined && realpathSync(program) === realpathSync(fileURLToPath(import.meta.url))) {
  const { main } = await import("./faces/program.ts");
  process.exitCode = await main(process.argv.slice(2));
}
