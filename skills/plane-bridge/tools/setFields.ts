import { z } from "zod";
import { BridgeError } from "../core/errors.ts";
import { ownTask } from "../core/ownership.ts";
import { taskId, tool } from "./tool.ts";

export const setFields = tool({
  name: "plane_set_fields",
  title: "Set confidence or cost of a task",
  description:
    "Sets confidence_score (0.0 to 1.0; below 0.7 asks a person to review) of a task of yours. cost_estimate in dollars is the concierge's to set.",
  input: z.strictObject({
    task_id: taskId,
    confidence_score: z.number().min(0).max(1).optional(),
    cost_estimate: z.number().min(0).optional(),
  }),
  callers: "everyone",
  readOnly: false,
  idempotent: true,
  example: { task_id: "ONB-2", confidence_score: 0.9 },
  async run(desk, { task_id, ...fields }) {
    if (fields.cost_estimate !== undefined && !desk.isConcierge) {
      throw new BridgeError(
        "cost_estimate is the concierge's to set",
        "leave it out, or ask with plane_add_comment",
      );
    }
    const task = await ownTask(desk, task_id);
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    const changed = await desk.change(task, { fields: given });
    return { text: `${task.key} has its fields.`, data: { id: task.key, fields: changed.fields } };
  },
});
