import { z } from "zod";
import { commentHtml, TEMPLATES } from "../core/comments.ts";
import { digest } from "../core/once.ts";
import { withMark } from "../core/unanswered.ts";
import { taskId, tool } from "./tool.ts";

export const addComment = tool({
  name: "plane_add_comment",
  title: "Comment on a task",
  description:
    "Writes a comment in Markdown. template progress (with percent), error or question puts the usual words in front; " +
    "critical tells a person at once by Telegram: only for what cannot wait.",
  input: z.strictObject({
    task_id: taskId,
    text: z.string().min(1).max(20_000).describe("Markdown; HTML is shown as text"),
    template: z.enum(TEMPLATES).default("note"),
    percent: z.number().int().min(0).max(100).optional().describe("For progress"),
    critical: z.boolean().default(false),
  }),
  callers: "everyone",
  readOnly: false,
  idempotent: false,
  example: { task_id: "ONB-2", text: "building Docker image", template: "progress", percent: 60 },
  async run(desk, { task_id, text, ...style }) {
    const task = await desk.task(task_id);
    const html = commentHtml(text, style);
    await withMark(desk, digest(task.item.id, html), (mark) => desk.say(task, html, `comment:${mark}`));
    return { text: `Commented on ${task.key}.`, data: { id: task.key, url: desk.link(task) } };
  },
});
