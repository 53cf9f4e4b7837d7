import { commandLine } from "./cli.ts";
import { explain } from "./exit.ts";

/** `plane-bridge` as a program: the command line, and the MCP server that it starts. Returns the exit code. */
export async function main(args: string[]): Promise<number> {
  // Whoever read the output has enough of it (`| head`): that is no failure.
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
  try {
    return await commandLine(args);
  } catch (error) {
    const { message, exit } = explain(error);
    console.error(message);
    return exit;
  }
}
