/** One JSON line, in the field order of Plane's JSON formatter. */
export function logJson(
  name: string,
  level: string,
  message: string,
  extra: Record<string, unknown> = {},
): void {
  const asctime = new Date().toISOString().replace("T", " ").replace("Z", "").replace(".", ",");
  process.stdout.write(
    `${JSON.stringify({ levelname: level, asctime, module: name.split(".").at(-1), name, message, ...extra })}\n`,
  );
}

/** A plain line, as management commands print. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line as celery prints: `[time: LEVEL/MainProcess] text`. */
export function celeryLog(level: "INFO" | "WARNING" | "ERROR", text: string): void {
  const time = new Date().toISOString().replace("T", " ").replace("Z", "").replace(".", ",");
  process.stdout.write(`[${time}: ${level}/MainProcess] ${text}\n`);
}

/** A URL without its password, for logs. */
export function withoutPassword(url: string): string {
  return url.replace(/:\/\/([^:@/]*):[^@]*@/, "://$1:**@");
}
