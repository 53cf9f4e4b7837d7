import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { basename, extname, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import FormData from "form-data";
import type { Attachment, Upload } from "../../../plane/api/attachments.ts";
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
/** What could end the name where a form or a comment shows it. */
const UNSAFE = /[\p{Cc}"\\]/u;
const HEAD = 4096;
const PIECE = 65_536;
/** A file of 50 MB inside one machine; a store that takes longer is in trouble. */
const UPLOAD_TIMEOUT_MS = 300_000;

/** The store of attachments answers, and does not take a file. */
export class StoreRefused extends PlaneError {}

/** How the external ids of all attachments begin that the bridge has sent, or of those of one file. */
const externalIds = (file?: Deliverable) =>
  file === undefined ? "deliverable:" : `deliverable:${file.sha256}:${file.name}:`;

/** @param attempt from 1: an id is taken by an announcement even if nothing came of it. */
export function externalIdOf(file: Deliverable, attempt: number): string {
  return `${externalIds(file)}${attempt}`;
}

/** Whether the bridge has sent an attachment, or this file as it: what people attached is there to work with. */
export function isDeliverable({ external_id }: Attachment, file?: Deliverable): boolean {
  return external_id?.startsWith(externalIds(file)) === true;
}

/** A file that may be sent. */
export interface Deliverable {
  name: string;
  type: string;
  size: number;
  sha256: string;
  /** Reads it from the start, a piece at a time. */
  read(): Readable;
}

/**
 * Looks at a file before anything is sent, and does something with it: inside the agent's workspace whatever links
 * say, a type that is allowed and is one, not empty, not too large. It is opened once, so what was looked at is what
 * is sent.
 * @throws BridgeError with what was found and what is allowed.
 */
export async function withDeliverable<T>(
  desk: Desk,
  path: string,
  work: (file: Deliverable) => Promise<T>,
): Promise<T> {
  const name = basename(path);
  const handle = await openInWorkspace(desk, path);
  try {
    const { size } = await handle.stat();
    const limit = desk.bridge.config.fileSizeLimit;
    if (size === 0 || size > limit) {
      throw new BridgeError(
        `${path} has ${size} bytes; allowed: 1 to ${limit}`,
        "send a smaller file, or several",
      );
    }
    const kind = TYPES[extname(name).toLowerCase()];
    if (kind === undefined || UNSAFE.test(name)) {
      throw new BridgeError(
        `${name} is no name for a deliverable; allowed: a file name without quotes that ends in ${Object.keys(TYPES).join(", ")}`,
        "pack other files into a .zip",
      );
    }
    const { buffer: head, bytesRead } = await handle.read(new Uint8Array(HEAD), 0, HEAD, 0);
    const isOne =
      kind.magic === undefined
        ? !head.subarray(0, bytesRead).includes(0)
        : kind.magic.every((byte, at) => head[at] === byte);
    if (!isOne) {
      throw new BridgeError(
        `${path} is not what ${extname(name)} says`,
        "give it the right ending, or mend the file",
      );
    }
    const read = () => Readable.from(pieces(handle, name, size), { objectMode: false });
    return await work({ name, type: kind.type, size, sha256: await digestOf(read()), read });
  } finally {
    await handle.close();
  }
}

/** A stream of Node's own closes the file when it ends early, and another try could not read it. */
async function* pieces(handle: FileHandle, name: string, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const length = Math.min(PIECE, size - at);
    const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, at);
    if (bytesRead === 0) throw changed(name);
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function changed(name: string): BridgeError {
  return new BridgeError(`${name} was changed while it was sent`, "send it again when nobody writes to it");
}

async function digestOf(stream: Readable): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(stream, hash);
  return hash.digest("hex");
}

async function openInWorkspace({ workspaceDir }: Desk, path: string): Promise<FileHandle> {
  if (workspaceDir === undefined) {
    throw new BridgeError("There is no workspace to send files from", "call this where your workspace is");
  }
  const outside = new BridgeError(`${path} is not a file in your workspace`, "write the file there first");
  let handle: FileHandle | undefined;
  try {
    const [workspace, file] = await Promise.all([
      realpath(workspaceDir),
      realpath(resolve(workspaceDir, path)),
    ]);
    if (!file.startsWith(workspace + sep)) throw outside;
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) throw outside;
    return handle;
  } catch {
    await handle?.close();
    throw outside;
  }
}

/** Sends a file to the store by its inside address; the policy does not sign the host (contracts/plane). */
export async function store(desk: Desk, upload: Upload, file: Deliverable): Promise<void> {
  const url = new URL(new URL(upload.url).pathname, desk.bridge.config.storeUrl).href;
  await withRetries(() => postOnce(url, upload.fields, file), "full");
}

async function postOnce(url: string, fields: Record<string, string>, file: Deliverable): Promise<void> {
  const { name, type, size, sha256 } = file;
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  const hash = createHash("sha256");
  const content = file.read();
  content.on("data", (piece) => hash.update(piece));
  // The store reads no field behind the file.
  form.append("file", content, { filename: name, contentType: type, knownLength: size });
  let answer: Answer;
  try {
    answer = await post(url, form);
  } catch (error) {
    if (error instanceof BridgeError) throw error;
    throw new Unreachable(`The store does not take ${name}: ${(error as Error).message}`, {
      maybeExecuted: true,
    });
  } finally {
    content.destroy();
  }
  if (answer.status < 300) {
    if (hash.digest("hex") === sha256) return;
    throw changed(name);
  }
  const message = `The store answers ${answer.status} to ${name}: ${answer.words}`;
  if (answer.status === 429 || answer.status >= 500) throw new Unreachable(message, { maybeExecuted: false });
  throw new StoreRefused(message);
}

interface Answer {
  status: number;
  words: string;
}

/** A form as a stream of known length: the store takes no chunks, and Node's own fetch would read all of a file first. */
function post(url: string, form: FormData): Promise<Answer> {
  const { promise, resolve: settle, reject } = Promise.withResolvers<Answer>();
  const request = (url.startsWith("https:") ? https : http).request(url, {
    method: "POST",
    headers: form.getHeaders({ "content-length": String(form.getLengthSync()) }),
    signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
  });
  request.on("error", reject);
  request.on("response", (response) => {
    text(response).then(
      (body) =>
        settle({
          status: response.statusCode ?? 0,
          words: body
            .replaceAll(/<[^>]*>/g, " ")
            .trim()
            .slice(0, 200),
        }),
      reject,
    );
  });
  form.on("error", (error) => request.destroy(error));
  form.pipe(request);
  return promise;
}

/** Plane's own address of an attachment: it lasts, and asks who wants to see it. */
export function attachmentLink({ bridge }: Desk, { item }: Task, attachment: string): string {
  const { publicUrl, workspace } = bridge.config;
  return `${publicUrl}/api/assets/v2/workspaces/${workspace}/projects/${item.project}/issues/${item.id}/attachments/${attachment}/`;
}
