import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import type { ItemPath } from "./comments.ts";

const Attachment = z.object({
  id: z.string(),
  attributes: z.object({ name: z.string(), type: z.string(), size: z.number() }),
  /** Key in the bucket. */
  asset: z.string(),
  is_uploaded: z.boolean(),
  external_id: z.string().nullable(),
  created_at: z.string(),
  created_by: z.string().nullable(),
});
export type Attachment = z.output<typeof Attachment>;

/** What the store wants to see with the file: a POST policy. The host in `url` is not part of what it signs. */
const Upload = z.object({ url: z.string(), fields: z.record(z.string(), z.string()) });
export type Upload = z.output<typeof Upload>;

export interface AttachmentBody {
  name: string;
  /** MIME type, one of Plane's fixed list. */
  type: string;
  /** Bytes; as a text it is a 500 (contracts/plane). */
  size: number;
  external_source: string;
  external_id: string;
}

/** The uploaded ones: what was only announced is not listed. */
export function listAttachments(access: Access, item: ItemPath): Promise<Attachment[]> {
  return new PlaneClient(access).call("attachments.list", item, { answer: z.array(Attachment) });
}

/**
 * Announces a file; what it answers allows to send it to the store, up to `granted` bytes: a larger size is cut to
 * FILE_SIZE_LIMIT without a word. A second announcement is another attachment.
 */
export async function announceAttachment(
  access: Access,
  item: ItemPath,
  body: AttachmentBody,
): Promise<{ id: string; upload: Upload; granted: number }> {
  const answer = z.object({
    asset_id: z.string(),
    upload_data: Upload,
    attachment: z.object({ attributes: z.object({ size: z.number() }) }),
  });
  const made = await new PlaneClient(access).call("attachments.create", item, { body, answer });
  return { id: made.asset_id, upload: made.upload_data, granted: made.attachment.attributes.size };
}

/** Says that the file is in the store; the server believes it without a look (contracts/plane). */
export async function confirmAttachment(access: Access, item: ItemPath, attachment: string): Promise<void> {
  await new PlaneClient(access).call(
    "attachments.confirm",
    { ...item, attachment },
    { body: { is_uploaded: true }, answer: z.unknown() },
  );
}
