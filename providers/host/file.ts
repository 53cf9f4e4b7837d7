import { type DockerHost, runOrThrow } from "./run.ts";
import { shellQuote } from "./shell.ts";

/** The content of a file on the host, or undefined when there is none. */
export async function readFile(host: DockerHost, path: string): Promise<string | undefined> {
  const file = shellQuote(path);
  const answer = await runOrThrow(host, `reading ${path}`, `if [ -e ${file} ]; then echo +; cat ${file}; fi`);
  return answer === "" ? undefined : answer.slice(2);
}

/** Overwrites a file in place: a bind-mounted file follows the inode, so a rename would not be seen. */
export async function writeFile(
  host: DockerHost,
  path: string,
  content: string,
  mode?: string,
): Promise<void> {
  const file = shellQuote(path);
  const write = `mkdir -p "$(dirname ${file})" && cat > ${file}`;
  const script = mode === undefined ? write : `${write} && chmod ${mode} ${file}`;
  await runOrThrow(host, `writing ${path}`, script, { stdin: content });
}
