import { z } from "zod";
import { budgetOf } from "../core/money.ts";
import { tool } from "./tool.ts";

export const budget = tool({
  name: "plane_budget",
  title: "Look at the budget",
  description:
    "Dollars: the month's budget, spent on tasks done this month, estimated for active ones (todo, in_progress, blocked), and the rest. " +
    "Plan new work only within rest - active.",
  input: z.strictObject({}),
  callers: "everyone",
  readOnly: true,
  idempotent: true,
  example: {},
  async run(desk) {
    const { config, clock } = desk.bridge;
    const data = budgetOf(config, await desk.allTasks(), clock.now());
    return { text: JSON.stringify(data), data };
  },
});
