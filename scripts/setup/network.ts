import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { networkWait, type Reach } from "./context.ts";

/** The word for a failed request that a person can act on. */
export function reason(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const text = cause?.code ?? cause?.message ?? (error as Error).name;
  const words: Record<string, string> = {
    ENOTFOUND: "its name is not known here",
    EAI_AGAIN: "its name is not known here",
    ECONNREFUSED: "it refuses connections",
    ENETUNREACH: "no route to it",
    EHOSTUNREACH: "no route to it",
    TimeoutError: "no answer in time",
    AbortError: "no answer in time",
    UND_ERR_CONNECT_TIMEOUT: "no answer in time",
  };
  return words[text] ?? text;
}

/** Whether a server answers within `wait` milliseconds; any HTTP status counts. */
export async function reach(url: string, wait: number = networkWait): Promise<Reach> {
  try {
    const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(wait) });
    await answer.body?.cancel();
    return { ok: true };
  } catch (error) {
    return { ok: false, why: `${new URL(url).hostname}: ${reason(error)}` };
  }
}

export interface DownloadOptions {
  /** SHA-256 in hex that the file must have; without it nothing is compared (TLS alone vouches for the file). */
  sha256?: string;
  signal?: AbortSignal;
  /** Milliseconds without a byte after which it is given up. */
  silence?: number;
  onProgress?: (bytes: number, total: number) => void;
}

/** Downloads a file to `target`, which appears only when its checksum fits. Throws an error with the reason. */
export async function download(url: string, target: string, options: DownloadOptions): Promise<void> {
  const control = new AbortController();
  const stop = () => control.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", stop, { once: true });
  const watch = setTimeout(() => control.abort(), options.silence ?? networkWait);
  const part = `${target}.part`;
  await mkdir(path.dirname(target), { recursive: true });
  const host = new URL(url).hostname;
  try {
    const answer = await fetch(url, { signal: control.signal });
    if (!answer.ok || !answer.body) throw new Error(`${host} answers HTTP ${answer.status} for ${url}`);
    const total = Number(answer.headers.get("content-length") ?? 0);
    const hash = createHash("sha256");
    const file = createWriteStream(part);
    let bytes = 0;
    for await (const chunk of answer.body) {
      watch.refresh();
      hash.update(chunk);
      bytes += chunk.length;
      options.onProgress?.(bytes, total);
      if (!file.write(chunk)) {
        await new Promise<void>((resolve) => file.once("drain", () => resolve()));
      }
    }
    await new Promise<void>((resolve, reject) => {
      file.once("error", reject);
      file.end(() => resolve());
    });
    const found = hash.digest("hex");
    if (options.sha256 && found !== options.sha256) {
      throw new Error(`${url} has the SHA-256 ${found}, but ${options.sha256} is expected`);
    }
    await rename(part, target);
  } catch (error) {
    if (error instanceof Error && !(error as { cause?: unknown }).cause && error.name === "Error")
      throw error;
    throw new Error(`${host}: ${reason(error)}`);
  } finally {
    clearTimeout(watch);
    options.signal?.removeEventListener("abort", stop);
    await rm(part, { force: true });
  }
}

/** A small text file. Throws an error with the reason. */
export async function fetchText(url: string, wait: number = networkWait): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(wait) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`, { cause: { message: `HTTP ${answer.status}` } });
    return await answer.text();
  } catch (error) {
    throw new Error(`${new URL(url).hostname}: ${reason(error)}`);
  }
}
