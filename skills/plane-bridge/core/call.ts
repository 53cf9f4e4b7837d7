import { z } from "zod";
import { PlaneError } from "../../../plane/errors.ts";
import { TOOLS } from "../tools/index.ts";
import type { Answer, Tool } from "../tools/tool.ts";
import type { Desk } from "./desk.ts";
import { BridgeError, isTransient } from "./errors.ts";
import { reportPermanent } from "./permanentError.ts";

/** What a face passes on: an answer, or why there is none, in words for the agent. */
export type Outcome = { ok: true; answer: Answer } | { ok: false; message: string; transient: boolean };

/** Whether an agent may use a tool: by who it is, never by what it was told. */
export function mayCall(tool: Tool, desk: Pick<Desk, "isConcierge">): boolean {
  return tool.callers === "everyone" || desk.isConcierge;
}

/** Runs a tool as the agent of a desk; every face calls tools through this and nothing else. */
export async function call(name: string, input: unknown, desk: Desk): Promise<Outcome> {
  const { metrics } = desk.bridge;
  const tool = TOOLS.find((candidate) => candidate.name === name);
  const count = (outcome: string) =>
    metrics.toolCalls.inc({ tool: tool?.name ?? "unknown", agent: desk.agent.agentId, outcome });
  if (tool === undefined || !mayCall(tool, desk)) {
    count("refused");
    const known = TOOLS.filter((candidate) => mayCall(candidate, desk)).map((candidate) => candidate.name);
    return refusal(
      tool === undefined
        ? `There is no tool ${name}. Next: use one of ${known.join(", ")}.`
        : `${name} is for ${desk.bridge.config.concierge} only. Next: ask it with a comment on your task (plane_add_comment, template question).`,
    );
  }
  const parsed = tool.input.safeParse(input ?? {});
  if (!parsed.success) {
    count("refused");
    return refusal(
      `${name} cannot take this input:\n${z.prettifyError(parsed.error)}\nNext: call it again with these mended.`,
    );
  }
  const end = metrics.toolSeconds.startTimer({ tool: tool.name });
  try {
    const answer = await tool.run(desk, parsed.data);
    count("ok");
    return { ok: true, answer };
  } catch (error) {
    if (error instanceof BridgeError) {
      count("refused");
      return refusal(`${error.message}. Next: ${error.next}.`);
    }
    if (!(error instanceof PlaneError)) throw error;
    if (isTransient(error)) {
      count("transient");
      return {
        ok: false,
        transient: true,
        message: `${error.message}. Tried 4 times. Next: call ${name} again in some minutes; what was done already is not done twice.`,
      };
    }
    count("failed");
    return refusal(await reportPermanent(desk, tool.name, parsed.data, error));
  } finally {
    end();
  }
}

function refusal(message: string): Outcome {
  return { ok: false, message, transient: false };
}
