import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { containerIsDown } from "../host/container.ts";
import { readFile, writeFile } from "../host/file.ts";
import { type DockerHost, HostError, lastLines, run, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import { markersFor, readBlock, removeBlock, writeBlock } from "./block.ts";

/** One site in a Caddyfile that other sites share. */
export interface SiteInputs {
  host: DockerHost;
  /** Name of the Caddy container. */
  container: string;
  /** The file on the host that holds our block: the Caddyfile itself, or one that it imports. */
  file: string;
  /** Name in the block's markers. */
  site: string;
  /** The site's configuration; ends with a newline. */
  text: string;
}

/** The main configuration inside Caddy's container, where the official image has it. */
const CADDYFILE = "/etc/caddy/Caddyfile";

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(_id: string, olds: SiteInputs, news: SiteInputs): Promise<dynamic.DiffResult> {
  return difference({ ...olds }, { ...news }, ["file", "site"]);
}

export async function create(inputs: SiteInputs): Promise<dynamic.CreateResult> {
  await change(inputs, (text) => writeBlock(text, markersFor(inputs.site), inputs.text));
  return { id: `${inputs.file}#${inputs.site}`, outs: inputs };
}

/** An edited block is drift, a removed one is written again; other sites are not looked at. */
export async function read(id: string, props: SiteInputs): Promise<dynamic.ReadResult> {
  const text = await readFile(props.host, props.file);
  const block = text === undefined ? undefined : readBlock(text, markersFor(props.site));
  if (block === undefined) return {};
  const actual = { ...props, text: block };
  return { id, props: actual, inputs: actual };
}

export async function update(
  _id: string,
  _olds: SiteInputs,
  news: SiteInputs,
): Promise<dynamic.UpdateResult> {
  await change(news, (text) => writeBlock(text, markersFor(news.site), news.text));
  return { outs: news };
}

/** Takes the block out; a Caddy that is gone needs no reload. */
async function remove(_id: string, props: SiteInputs): Promise<void> {
  try {
    await change(props, (text) => removeBlock(text, markersFor(props.site)));
  } catch (error) {
    if (!containerIsDown(error)) throw error;
  }
}

export { remove as delete };

/**
 * Writes the file in place, lets Caddy validate all of its configuration, then reloads; when Caddy refuses, the old
 * file is put back. A copy beside the file, there only during the change, lets a run that was killed be undone.
 */
async function change(inputs: SiteInputs, edit: (text: string) => string): Promise<void> {
  const { host, container, file } = inputs;
  const copy = `${file}.plane-ops-before`;
  const interrupted = await readFile(host, copy);
  const before = interrupted ?? (await readFile(host, file)) ?? "";
  const after = edit(before);
  const exec = (...words: string[]) => `docker exec ${shellQuote(container)} caddy ${words.join(" ")}`;
  const reload = exec("reload", "--config", CADDYFILE, "--adapter", "caddyfile", "2>&1");

  await writeFile(host, copy, before);
  await writeFile(host, file, after);
  const verdict = await run(
    host,
    `${exec("validate", "--config", CADDYFILE, "--adapter", "caddyfile", "2>&1")} && ${reload}`,
  );
  if (verdict.code !== 0 && !containerIsDown(new Error(verdict.stdout))) await writeFile(host, file, before);
  await runOrThrow(host, `removing ${copy}`, `rm -f ${shellQuote(copy)}`);
  if (verdict.code === 0) return;
  throw new HostError(
    containerIsDown(new Error(verdict.stdout))
      ? `Caddy could not be reloaded: ${lastLines(verdict.stdout, 1)}. It reads ${file} when it starts`
      : `Caddy refuses ${file} with our block in it, so the old file is back in place: ${lastLines(verdict.stdout, 3)}`,
  );
}
