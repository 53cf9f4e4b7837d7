import { text } from "node:stream/consumers";
import { Command, CommanderError, type OptionValues } from "commander";
import { z } from "zod";
import { call } from "../core/call.ts";
import { TOOLS } from "../tools/index.ts";
import type { Tool } from "../tools/tool.ts";
import { TOKEN_FILE } from "./caller.ts";
import { EXIT, type Exit } from "./exit.ts";
import { optionOf } from "./option.ts";
import { inputSchema } from "./schema.ts";
import { CONFIG_FILE, startCaller } from "./start.ts";

/** Runs the command line and says how it ended. What a tool answers goes to stdout, all else to stderr. */
export async function commandLine(args: string[]): Promise<Exit> {
  let exit: Exit = EXIT.ok;
  const program = programOf(async (tool, input, json) => {
    exit = await run(tool, input, json);
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has said what is wrong, or shown the help that was asked for.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
}

type Run = (tool: Tool, input: unknown, json: boolean) => Promise<void>;

/** The command line, made of the table of tools. */
function programOf(run: Run): Command {
  const program = new Command("plane-bridge")
    .description("Tasks in Plane, as the agent whose token is used.")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("Next: plane-bridge --help lists the tools.")
    .addHelpText(
      "after",
      [
        "",
        "Environment:",
        `  ${CONFIG_FILE}      file with the bridge's configuration`,
        `  ${TOKEN_FILE}  file with an agent's Plane token, 0600: it says who you are`,
        "",
        "Ends with 0 when it is done, 1 when it is refused, 64 for wrong usage, 75 when it may work later.",
      ].join("\n"),
    );
  for (const tool of TOOLS) program.addCommand(commandOf(tool, run));
  program
    .command("mcp")
    .summary("Serve the tools as MCP on stdin and stdout")
    .description("Serves the tools as MCP (Model Context Protocol) on stdin and stdout.")
    .action(async () => {
      const { serveMcp } = await import("./mcp.ts");
      await serveMcp(startCaller(process.env));
    });
  return program;
}

function commandOf(tool: Tool, run: Run): Command {
  const short = tool.name.replace("plane_", "").replaceAll("_", "-");
  const only = tool.callers === "concierge" ? " (concierge only)" : "";
  const command = new Command(short)
    .alias(tool.name)
    .summary(`${tool.title}${only}`)
    .description(`${tool.description}${only}`)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError(`Next: plane-bridge ${short} --help shows the options.`);
  const { properties, required = [] } = inputSchema(tool);
  const options = Object.entries(properties).map(([name, property]) => ({
    name,
    option: optionOf(name, property, required.includes(name)),
  }));
  for (const { option } of options) command.addOption(option);
  return command
    .option("--input <json>", "all of it as one JSON object, or - to read it from stdin; options go over it")
    .option("--json", "print the answer as JSON and nothing else")
    .addHelpText(
      "after",
      `\nExample:\n  plane-bridge ${short} --input '${JSON.stringify(tool.example).replaceAll("'", "'\\''")}'`,
    )
    .action(async (values: OptionValues) => {
      const given = options.flatMap(({ name, option }) => {
        const value: unknown = values[option.attributeName()];
        return value === undefined ? [] : [[name, value] as const];
      });
      const input = { ...(await wholeInput(command, values["input"])), ...Object.fromEntries(given) };
      const checked = tool.input.safeParse(input);
      if (!checked.success) command.error(`error: ${z.prettifyError(checked.error)}`);
      await run(tool, input, values["json"] === true);
    });
}

async function wholeInput(command: Command, json: string | undefined): Promise<Record<string, unknown>> {
  if (json === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(json === "-" ? await text(process.stdin) : json);
  } catch (error) {
    command.error(`error: --input is no JSON: ${(error as Error).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  command.error('error: --input has to be a JSON object, like \'{"task_id": "ONB-2"}\'');
}

async function run(tool: Tool, input: unknown, json: boolean): Promise<Exit> {
  const outcome = await call(tool.name, input, await startCaller(process.env).desk());
  if (!outcome.ok) {
    console.error(outcome.message);
    return outcome.transient ? EXIT.transient : EXIT.refused;
  }
  console.log(json ? JSON.stringify(outcome.answer.data) : outcome.answer.text);
  return EXIT.ok;
}
