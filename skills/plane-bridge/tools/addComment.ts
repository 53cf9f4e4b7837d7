import { randomUUID } from "node:crypto";
import { z } from "zod";
import { commentHtml, TEMPLATES } from "../core/comments.ts";
import { digest } from "../core/once.ts";
import { taskId, tool } from "./tool.ts";

/**
 * Marks of comments that are being written, or that may have been though no answer came: a call that says the same
 * after that is the same comment (OPENCLAW-15).
 */
const unanswered = new Map<string, string>();

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
    const comment = digest(desk.agent.agentId, task.item.id, html);
    // A mark of its own, so that a lost answer can be looked for.
    const mark = unanswered.get(comment) ?? `comment:${randomUUID()}`;
    unanswered.set(comment, mark);
    await desk.say(task, html, mark);
    unanswered.delete(comment);
    return { text: `Commented on ${task.key}.`, data: { id: task.key, url: desk.link(task) } };
  },
});
