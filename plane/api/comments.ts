import { z } from "zod";
import type { Access } from "../access.ts";
import { PlaneClient } from "../client.ts";
import { Refused } from "../errors.ts";
import { allPages } from "../pages.ts";

const Comment = z.object({
  id: z.string(),
  comment_html: z.string(),
  actor: z.string().nullable(),
  created_at: z.string(),
  external_source: z.string().nullable(),
  external_id: z.string().nullable(),
});
export type Comment = z.output<typeof Comment>;
/** The server stores the HTML as it is, scripts included: it has to be clean. */
export type CommentBody = Pick<Comment, "comment_html"> & { external_source?: string; external_id?: string };

/** Where a work item is. */
export interface ItemPath extends Record<"slug" | "project" | "id", string> {}

/** All comments, newest first. */
export function listComments(access: Access, item: ItemPath): Promise<Comment[]> {
  return allPages(new PlaneClient(access), "comments.list", item, Comment);
}

/**
 * Writes a comment. One with an external id is written once: the server answers 409 to the second.
 * Without one, a lost answer is looked for by author and text.
 */
export async function createComment(access: Access, item: ItemPath, body: CommentBody): Promise<void> {
  const same = (comment: Comment) =>
    body.external_id === undefined
      ? comment.comment_html === body.comment_html
      : comment.external_id === body.external_id;
  try {
    await new PlaneClient(access).create("comments.create", item, {
      body,
      answer: Comment,
      look: async () => (await listComments(access, item)).find(same),
    });
  } catch (error) {
    if (!(error instanceof Refused && error.existingId !== undefined)) throw error;
  }
}
