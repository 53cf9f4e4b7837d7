import { z } from "zod";
import { announceAttachment, confirmAttachment, listAttachments } from "../../../plane/api/attachments.ts";
import { Refused } from "../../../plane/errors.ts";
import { EXTERNAL_SOURCE } from "../../../plane/projectSetup.ts";
import {
  attachmentLink,
  type Deliverable,
  externalIdOf,
  isDeliverable,
  store,
  withDeliverable,
} from "../core/deliverable.ts";
import type { Desk } from "../core/desk.ts";
import { BridgeError } from "../core/errors.ts";
import { toInlineHtml } from "../core/markdown.ts";
import { ownTask } from "../core/ownership.ts";
import type { Task } from "../core/task.ts";
import { taskId, tool } from "./tool.ts";

export const uploadDeliverable = tool({
  name: "plane_upload_deliverable",
  title: "Attach a file to a task",
  description:
    "Sends a file of your workspace (.zip, .md, .pdf, .png, .txt, .log; up to 50 MB) as attachment of a task of yours and comments its link. The same file again is not sent twice.",
  input: z.strictObject({
    task_id: taskId,
    path: z.string().min(1).describe("In your workspace"),
    note: z.string().max(2000).optional().describe("One line for the comment"),
  }),
  callers: "everyone",
  readOnly: false,
  idempotent: true,
  example: { task_id: "ONB-2", path: "report.md" },
  async run(desk, { task_id, path, note }) {
    const task = await ownTask(desk, task_id);
    return withDeliverable(desk, path, async (file) => {
      const id = (await uploadedBefore(desk, task, file)) ?? (await upload(desk, task, file));
      const url = attachmentLink(desk, task, id);
      await desk.say(task, linkHtml(file, url, note), `deliverable:${id}`);
      const { name, size, sha256 } = file;
      return {
        text: `${name} is attached to ${task.key}: ${url}`,
        data: { id: task.key, url, name, bytes: size, sha256 },
      };
    });
  },
});

async function uploadedBefore(desk: Desk, task: Task, file: Deliverable): Promise<string | undefined> {
  const attachments = await listAttachments(desk.access, desk.path(task));
  return attachments.find((attachment) => isDeliverable(attachment, file))?.id;
}

/** Announce, send, confirm: in this order, so that nothing is confirmed that is not there. */
async function upload(desk: Desk, task: Task, file: Deliverable): Promise<string> {
  const { id, upload: policy, granted } = await announce(desk, task, file);
  if (granted < file.size) {
    throw new BridgeError(
      `This Plane takes files of ${granted} bytes, and ${file.name} has ${file.size}`,
      "send a smaller file, or tell a person: FILE_SIZE_LIMIT of Plane is too low",
    );
  }
  await store(desk, policy, file);
  await confirmAttachment(desk.access, desk.path(task), id);
  return id;
}

/** An announcement whose answer was lost has taken its external id and cannot be read again: the next one takes another. */
async function announce(desk: Desk, task: Task, file: Deliverable) {
  const { name, type, size } = file;
  for (let attempt = 1; ; attempt += 1) {
    const body = {
      name,
      type,
      size,
      external_source: EXTERNAL_SOURCE,
      external_id: externalIdOf(file, attempt),
    };
    try {
      return await announceAttachment(desk.access, desk.path(task), body);
    } catch (error) {
      if (!(error instanceof Refused && error.existingId !== undefined) || attempt === 10) throw error;
    }
  }
}

function linkHtml({ name, size, sha256 }: Deliverable, url: string, note: string | undefined): string {
  const link = `<a href="${url}">${toInlineHtml(name)}</a>`;
  const remark = note === undefined ? "" : `<p>${toInlineHtml(note)}</p>`;
  return `<p>📎 Livrable : ${link} (${Math.ceil(size / 1024)} Ko, sha256 <code>${sha256}</code>)</p>${remark}`;
}
