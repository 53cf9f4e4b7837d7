const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Go's duration text ("1m30s") in nanoseconds; 0 for none. Throws on anything else. */
export function parseDuration(text: string | undefined): number {
  if (!text || text === "0") return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) {
    throw new Error(`"${text}" is not a duration like "30s" or "1m30s"`);
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS[unit as string] ?? 0);
  }
  return total;
}

/** The way Go writes a duration of nanoseconds: "1m0s", never "60s". */
export function formatDuration(nanoseconds: number | undefined): string {
  if (!nanoseconds) return "0s";
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const hours = Math.floor(nanoseconds / 3600e9);
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9);
  const seconds = (nanoseconds % 60e9) / 1e9;
  return `${hours ? `${hours}h` : ""}${hours || minutes ? `${minutes}m` : ""}${seconds}s`;
}
