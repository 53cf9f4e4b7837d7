import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What the system says about a running process. */
export interface ProcessInfo {
  /** Name of its program, without path. */
  name: string;
  /** Changes when a pid is used again. */
  started: string;
}

/** Looks a process up; undefined when it is gone. A zombie is gone: it does nothing any more. */
export function processInfo(pid: number): ProcessInfo | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The name stands in parentheses and may hold spaces; the state is the first field after it.
      const end = stat.lastIndexOf(")");
      const fields = stat.slice(end + 2).split(" ");
      if (fields[0] === "Z" || fields[0] === "X") return undefined;
      return { name: stat.slice(stat.indexOf("(") + 1, end), started: fields[19] ?? "" };
    } catch {
      return undefined;
    }
  }
  try {
    const [state, ...rest] = execFileSync("ps", ["-o", "stat=,lstart=,comm=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trim()
      .split(/\s+/);
    if (!state || state.startsWith("Z")) return undefined;
    return { name: rest.slice(5).join(" ").split("/").pop() ?? "", started: rest.slice(0, 5).join(" ") };
  } catch {
    return undefined;
  }
}

/** Waits until the process is gone; false when it is still there after `timeout` milliseconds. */
export async function waitGone(pid: number, timeout: number): Promise<boolean> {
  const end = Date.now() + timeout;
  while (processInfo(pid)) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return true;
}
