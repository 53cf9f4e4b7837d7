import type { dynamic } from "@pulumi/pulumi";
import { difference } from "../difference.ts";
import { writeFile } from "../host/file.ts";
import { type DockerHost, runOrThrow } from "../host/run.ts";
import { shellQuote, shellWords } from "../host/shell.ts";

/** Files of the Docker host that containers mount: world-readable, so nothing secret. */
export interface MountedFilesInputs {
  host: DockerHost;
  /** Absolute path to content. */
  files: Record<string, string>;
}

export async function check(_olds: unknown, news: unknown): Promise<dynamic.CheckResult> {
  return { inputs: news };
}

export async function diff(
  _id: string,
  olds: MountedFilesInputs,
  news: MountedFilesInputs,
): Promise<dynamic.DiffResult> {
  return difference({ ...olds }, { ...news });
}

export async function create(inputs: MountedFilesInputs): Promise<dynamic.CreateResult> {
  await mend(inputs);
  return { id: "files", outs: inputs };
}

export async function read(id: string, props: MountedFilesInputs): Promise<dynamic.ReadResult> {
  const actual = await look(props);
  return { id, props: actual, inputs: actual };
}

export async function update(
  _id: string,
  olds: MountedFilesInputs,
  news: MountedFilesInputs,
): Promise<dynamic.UpdateResult> {
  await mend(news);
  await removeFiles(
    olds.host,
    Object.keys(olds.files).filter((path) => !(path in news.files)),
  );
  return { outs: news };
}

async function remove(_id: string, { host, files }: MountedFilesInputs): Promise<void> {
  await removeFiles(host, Object.keys(files));
}

export { remove as delete };

/** By one script; what is not there is not in what this returns. */
async function look(inputs: MountedFilesInputs): Promise<MountedFilesInputs> {
  const paths = Object.keys(inputs.files);
  const lines = paths.map((path) => {
    const file = shellQuote(path);
    return `if [ -f ${file} ]; then echo "+$(base64 ${file} | tr -d '\\n')"; else echo; fi`;
  });
  const found = (await runOrThrow(inputs.host, "reading mounted files", lines.join("\n"))).split("\n");
  const files = paths.flatMap((path, index) => {
    const line = found[index] ?? "";
    return line.startsWith("+") ? [[path, Buffer.from(line.slice(1), "base64").toString()]] : [];
  });
  return { ...inputs, files: Object.fromEntries(files) };
}

/** In place: a container's mount follows the inode. */
async function mend(wanted: MountedFilesInputs): Promise<void> {
  const actual = await look(wanted);
  for (const [path, content] of Object.entries(wanted.files))
    if (actual.files[path] !== content) await writeFile(wanted.host, path, content, "644");
}

async function removeFiles(host: DockerHost, paths: string[]): Promise<void> {
  if (paths.length > 0) await runOrThrow(host, "removing mounted files", `rm -f ${shellWords(paths)}`);
}
