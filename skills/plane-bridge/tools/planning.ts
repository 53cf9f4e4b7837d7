import { z } from "zod";

/** What tells what a task is; the same for one task and for a plan. */
export const taskInput = {
  title: z.string().min(1).max(255),
  description: z.string().default("").describe("Markdown: what is to be done, and how one sees that it is"),
  priority: z.enum(["urgent", "high", "medium", "low", "none"]).default("medium"),
  due_date: z.iso.date().optional().describe("YYYY-MM-DD"),
  complexity: z.enum(["simple", "medium", "complex"]).default("medium").describe("For the cost estimate"),
  cost_estimate: z
    .number()
    .min(0)
    .optional()
    .describe("Dollars; computed from the agent's history and the complexity when left out"),
  kind: z
    .enum(["code", "document", "image", "research", "operation"])
    .optional()
    .describe("code needs a commit and tests to be done"),
  deliverable_required: z
    .boolean()
    .default(false)
    .describe("Whether a file has to be attached before it is done"),
};
