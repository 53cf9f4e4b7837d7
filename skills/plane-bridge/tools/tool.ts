import { z } from "zod";
import type { Desk } from "../core/desk.ts";

/** How a caller names a task. */
export const taskId = z
  .string()
  .min(1)
  .describe("Id of the task as plane_list_my_tasks shows it, like ONB-3; a uuid of Plane's works too");

/** What a tool answers. */
export interface Answer {
  /** For the model: short, and what to do next where that is not plain. */
  text: string;
  /** The same as data, for programs. */
  data: unknown;
}

/** One tool, once for all faces: the plugin's registration, MCP, the CLI's help and SKILL.md are made of this. */
export interface Tool<Input extends z.ZodObject = z.ZodObject> {
  /** With underscores: model APIs forbid dots, so `plane.list_my_tasks` of the requirement is `plane_list_my_tasks`. */
  name: `plane_${string}`;
  /** A few words for a person. */
  title: string;
  /** For the model: what it does, when to use it, what comes back. */
  description: string;
  input: Input;
  /** Who may call it; the handler is not reached by anybody else, in any face. */
  callers: "everyone" | "concierge";
  /** Changes nothing in Plane. */
  readOnly: boolean;
  /** A second call with the same arguments changes nothing more. */
  idempotent: boolean;
  /** An input that works, for SKILL.md and its tests; `ONB-2` stands for a task of the caller's. */
  example: z.input<Input>;
  run(desk: Desk, input: z.output<Input>): Promise<Answer>;
}

/** Keeps the types of input and handler together. */
export function tool<Input extends z.ZodObject>(declaration: Tool<Input>): Tool {
  return declaration as unknown as Tool;
}
