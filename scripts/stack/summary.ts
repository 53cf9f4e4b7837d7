/** The stack outputs that the closing summary is made of. */
export interface Outputs {
  planeUrl?: string;
  accounts?: { what: string; user: string; passwordOutput: string }[];
  memory?: { total: number; budget?: number; containers: Record<string, number> };
  containers?: string[];
  off?: { what: string; why: string }[];
}

/** What `npm start` prints at its end. */
export function summary(outputs: Outputs): string {
  const lines: string[] = [];
  if (outputs.planeUrl) lines.push(`Plane is at ${outputs.planeUrl}`);
  if (outputs.accounts?.length) {
    lines.push("", "Accounts (each password is shown by the command beside it):");
    const widths = [0, 1].map((column) =>
      Math.max(...(outputs.accounts ?? []).map(({ what, user }) => (column === 0 ? what : user).length)),
    );
    for (const { what, user, passwordOutput } of outputs.accounts) {
      const name = `${what.padEnd(widths[0] ?? 0)}  ${user.padEnd(widths[1] ?? 0)}`;
      lines.push(`  ${name}  npm run -s pulumi -- stack output ${passwordOutput} --show-secrets -s local`);
    }
  }
  const { memory } = outputs;
  if (memory) {
    lines.push("", "Running, with the memory each may use:");
    const names = Object.keys(memory.containers);
    const width = Math.max(...names.map((name) => name.length), 3);
    for (const name of names) lines.push(`  ${name.padEnd(width)}  ${mebibytes(memory.containers[name])}`);
    const budget = memory.budget ? ` of a budget of ${memory.budget} MiB` : "";
    lines.push(`  ${"sum".padEnd(width)}  ${mebibytes(memory.total)}${budget}`);
  }
  if (outputs.off?.length) {
    lines.push("", "Off:");
    for (const { what, why } of outputs.off) lines.push(`  ${what}: ${why}`);
  }
  lines.push(
    "",
    "Try next:",
    ...(outputs.planeUrl ? [`  curl -i ${outputs.planeUrl.replace(/\/+$/, "")}/api/health`] : []),
    "  npm run status            what runs, how healthy, how much memory",
    "  npm run pulumi -- preview --refresh -s local    what has drifted",
    "  npm run down              removes everything again",
  );
  return lines.join("\n");
}

function mebibytes(value: number | undefined): string {
  return `${String(value ?? "?").padStart(5)} MiB`;
}
