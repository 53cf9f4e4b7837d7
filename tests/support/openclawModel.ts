import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface ToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

interface Message {
  role: "system" | "developer" | "user" | "assistant" | "tool";
  content: string | { text?: string }[] | null;
  tool_calls?: ToolCall[];
  tool_call_id?: string;
}

/** What an agent has in front of it when the model is asked. */
export interface Turn {
  /** OpenClaw's id of the agent. */
  agent: string;
  /** The last message of whoever started this run. */
  request: string;
  /** The tools that the agent is offered. */
  tools: string[];
  /** Calls since that message, in order, with what they answered. */
  calls: { tool: string; input: Record<string, unknown>; answer: string }[];
}

/** What the model says next: words, which end the run, or a tool call. */
export type Reply = string | { tool: string; input: Record<string, unknown> };

/** A model that follows a script, as a provider of the OpenAI kind on loopback. */
export class ScriptedModel {
  /** Every turn that was asked for, with the reply. */
  readonly turns: { turn: Turn; reply: Reply }[] = [];
  readonly #server: Server;
  #script: (turn: Turn) => Reply = () => "Rien à faire.";

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const asked = (await json(request)) as {
        messages: Message[];
        tools?: { function: { name: string } }[];
      };
      const turn = turnOf(asked.messages, asked.tools?.map((tool) => tool.function.name) ?? []);
      const reply = this.#script(turn);
      this.turns.push({ turn, reply });
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const chunk of chunksOf(reply, this.turns.length)) {
        response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      }
      response.end("data: [DONE]\n\n");
    });
  }

  /** @param address of this machine; containers reach the one of their network's bridge. */
  static async start(address = "127.0.0.1"): Promise<ScriptedModel> {
    const model = new ScriptedModel();
    model.#server.listen(0, address);
    await once(model.#server, "listening");
    return model;
  }

  /** What the model says from now on. */
  follow(script: (turn: Turn) => Reply): void {
    this.#script = script;
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address}:${port}/v1`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

function turnOf(messages: Message[], tools: string[]): Turn {
  const prompt = messages
    .filter(({ role }) => role === "system" || role === "developer")
    .map(textOf)
    .join("\n");
  const last = messages.findLastIndex(({ role }) => role === "user");
  const since = messages.slice(last + 1);
  const calls = since.flatMap(({ tool_calls = [] }) =>
    tool_calls.map(({ id, function: { name, arguments: input } }) => ({
      tool: name,
      input: JSON.parse(input) as Record<string, unknown>,
      answer: textOf(since.find(({ tool_call_id }) => tool_call_id === id)),
    })),
  );
  return {
    agent: /^Runtime: agent=([\w-]+)/m.exec(prompt)?.[1] ?? "unknown",
    request: textOf(messages[last]),
    tools,
    calls,
  };
}

function textOf(message: Message | undefined): string {
  const content = message?.content ?? "";
  return typeof content === "string" ? content : content.map(({ text = "" }) => text).join("");
}

function chunksOf(reply: Reply, count: number): object[] {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    id: `scripted-${count}`,
    object: "chat.completion.chunk",
    created: 0,
    model: "scripted",
    choices: [{ index: 0, delta, finish_reason }],
  });
  const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
  if (typeof reply === "string") {
    return [chunk({ role: "assistant", content: reply }), { ...chunk({}, "stop"), usage }];
  }
  const call = {
    index: 0,
    id: `call_${count}`,
    type: "function",
    function: { name: reply.tool, arguments: JSON.stringify(reply.input) },
  };
  return [chunk({ role: "assistant", tool_calls: [call] }), { ...chunk({}, "tool_calls"), usage }];
}
