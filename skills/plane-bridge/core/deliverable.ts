import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { basename, extname, resolve, sep } from "node:path";
import type { Upload } from "../../../plane/api/attachments.ts";
import { PlaneError, Unreachable } from "../../../plane/errors.ts";
import { withRetries } from "../../../plane/retry.ts";
import type { Desk } from "./desk.ts";
import { BridgeError } from "./errors.ts";
import type { Task } from "./task.ts";

/** What may be sent (OPENCLAW-19), with what Plane calls it and how such a file begins. */
const TYPES: Record<string, { type: string; magic?: number[] }> = {
  ".zip": { type: "application/zip", magic: [0x50, 0x4b] },
  ".pdf": { type: "application/pdf", magic: [0x25, 0x50, 0x44, 0x46] },
  ".png": { type: "image/png", magic: [0x89, 0x50, 0x4e, 0x47] },
  ".md": { type: "text/markdown" },
  ".txt": { type: "text/plain" },
  ".log": { type: "text/plain" },
};
const HEAD = 4096;
/** A file of 50 MB inside one machine; a store that takes longer is in trouble. */
const UPLOAD_TIMEOUT_MS = 300_000;

/** A file that may be sent. */
export interface Deliverable {
  name: string;
  type: string;
  size: number;
  sha256: string;
  /** Reads from disk as it is sent; refuses when the file has changed since. */
  blob: Blob;
}

/**
 * Looks at a file before anything is sent: inside the agent's workspace whatever links say, a type that is allowed
 * and is one, not empty, not too large.
 * @throws BridgeError with what was found and what is allowed.
 */
export async function openDeliverable(desk: Desk, path: string, name = basename(path)): Promise<Deliverable> {
  const file = await inWorkspace(desk, path);
  const { size } = await lstat(file);
  const limit = desk.bridge.config.fileSizeLimit;
  if (size === 0 || size > limit) {
    throw new BridgeError(
      `${path} has ${size} bytes; allowed: 1 to ${limit}`,
      "send a smaller file, or several",
    );
  }
  const kind = TYPES[extname(name).toLowerCase()];
  const allowed = Object.keys(TYPES).join(", ");
  if (kind === undefined || /[\\/\0]/.test(name)) {
    throw new BridgeError(
      `${name} is no name for a deliverable; allowed: a file name that ends in ${allowed}`,
      "pack other files into a .zip",
    );
  }
  const blob = await openAsBlob(file, { type: kind.type });
  const head = new Uint8Array(await blob.slice(0, HEAD).arrayBuffer());
  const isOne =
    kind.magic === undefined ? !head.includes(0) : kind.magic.every((byte, at) => head[at] === byte);
  if (!isOne)
    throw new BridgeError(
      `${path} is not what ${extname(name)} says`,
      "give it the right ending, or mend the file",
    );
  const hash = createHash("sha256");
  for await (const chunk of blob.stream()) hash.update(chunk as Uint8Array);
  return { name, type: kind.type, size, sha256: hash.digest("hex"), blob };
}

async function inWorkspace({ workspaceDir }: Desk, path: string): Promise<string> {
  if (workspaceDir === undefined) {
    throw new BridgeError("There is no workspace to send files from", "call this where your workspace is");
  }
  const outside = new BridgeError(`${path} is not a file in your workspace`, "write the file there first");
  try {
    const [workspace, file] = await Promise.all([
      realpath(workspaceDir),
      realpath(resolve(workspaceDir, path)),
    ]);
    if (!file.startsWith(workspace + sep) || !(await lstat(file)).isFile()) throw outside;
    return file;
  } catch {
    throw outside;
  }
}

/** Sends a file to the store by its inside address; the policy does not sign the host (contracts/plane). */
export async function store(desk: Desk, upload: Upload, { blob, name }: Deliverable): Promise<void> {
  const url = new URL(new URL(upload.url).pathname, desk.bridge.config.storeUrl).href;
  await withRetries(() => postOnce(url, upload.fields, blob, name), "full");
}

async function postOnce(
  url: string,
  fields: Record<string, string>,
  blob: Blob,
  name: string,
): Promise<void> {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  // The store reads no field behind the file.
  form.append("file", blob, name);
  let status: number;
  let words: string;
  try {
    const answer = await fetch(url, {
      method: "POST",
      body: form,
      signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
    });
    status = answer.status;
    words = (await answer.text()).replaceAll(/<[^>]*>/g, " ").slice(0, 200);
  } catch (error) {
    throw new Unreachable(`The store does not take ${name}: ${(error as Error).message}`, {
      maybeExecuted: true,
    });
  }
  if (status < 300) return;
  const message = `The store answers ${status} to ${name}: ${words.trim()}`;
  if (status === 429 || status >= 500) throw new Unreachable(message, { maybeExecuted: false });
  throw new PlaneError(message);
}

/** Plane's own address of an attachment: it lasts, and asks who wants to see it. */
export function attachmentLink({ bridge }: Desk, { item }: Task, attachment: string): string {
  const { publicUrl, workspace } = bridge.config;
  return `${publicUrl}/api/assets/v2/workspaces/${workspace}/projects/${item.project}/issues/${item.id}/attachments/${attachment}/`;
}
