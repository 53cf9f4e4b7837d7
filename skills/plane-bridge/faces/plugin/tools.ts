import { call, mayCall, type Outcome } from "../../core/call.ts";
import { type Agent, agentBy } from "../../core/config.ts";
import { TOOLS } from "../../tools/index.ts";
import type { Tool } from "../../tools/tool.ts";
import { explain } from "../exit.ts";
import { inputSchema } from "../schema.ts";
import type { Office } from "./office.ts";
import type { OpenClawConfig, PluginApi, PluginTool, ToolContext, ToolResult } from "./openclaw.ts";
import { sessionIdOf, workspaceOf } from "./session.ts";

/**
 * Offers the tools to the agents. Those of the concierge are optional ones: OpenClaw shows them where
 * `agents.list[].tools.alsoAllow` names them, and they are made for nobody else.
 * @param refusals why no agent gets any with a configuration.
 */
export function offerTools(
  api: PluginApi,
  office: Office,
  refusals: (config: OpenClawConfig) => string[],
): void {
  for (const callers of ["everyone", "concierge"] as const) {
    const tools = TOOLS.filter((tool) => tool.callers === callers);
    api.registerTool(
      (context) => {
        const agent = agentOf(office, context);
        if (agent === undefined) return null;
        const reasons = refusals(context.config ?? api.runtime.config.loadConfig());
        if (reasons.length > 0) return null;
        const isConcierge = agent.agentId === office.bridge.config.concierge;
        return tools
          .filter((tool) => mayCall(tool, { isConcierge }))
          .map((tool) => pluginTool(tool, (input) => run(api, office, agent, context, tool, input)));
      },
      { names: tools.map(({ name }) => name), optional: callers === "concierge" },
    );
  }
}

function agentOf({ bridge }: Office, { agentId }: ToolContext): Agent | undefined {
  return agentId === undefined ? undefined : agentBy(bridge.config, "openclawId", agentId);
}

function pluginTool(tool: Tool, execute: (input: unknown) => Promise<ToolResult>): PluginTool {
  const { name, title, description } = tool;
  return {
    name,
    label: title,
    description,
    parameters: inputSchema(tool),
    execute: (_callId, input) => execute(input),
  };
}

async function run(
  api: PluginApi,
  office: Office,
  agent: Agent,
  context: ToolContext,
  tool: Tool,
  input: unknown,
): Promise<ToolResult> {
  try {
    const desk = office.desk(agent, {
      sessionId: sessionIdOf(api, context),
      workspaceDir: workspaceOf(api, context),
    });
    return resultOf(await call(tool.name, input, desk));
  } catch (error) {
    const { message } = explain(error);
    office.bridge.log(`${tool.name} of ${agent.agentId} failed: ${message}`);
    return resultOf({ ok: false, message, transient: false });
  }
}

function resultOf(outcome: Outcome): ToolResult {
  const text = outcome.ok ? outcome.answer.text : outcome.message;
  return {
    content: [{ type: "text", text }],
    details: outcome.ok
      ? outcome.answer.data
      : { status: "error", error: text, transient: outcome.transient },
  };
}
