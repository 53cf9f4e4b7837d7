/**
 * Orders two image tags like `v1.3.1` by their three numbers; a suffix (`-rc.1`) comes before the plain version.
 * @returns negative, zero or positive, as `Array.sort` wants it. A tag of another form (a preview's unknown) is equal.
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  if (!a || !b) return 0;
  for (const index of [0, 1, 2]) {
    const difference = (a.numbers[index] ?? 0) - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.suffix === b.suffix) return 0;
  if (a.suffix === "" || b.suffix === "") return a.suffix === "" ? 1 : -1;
  return a.suffix.localeCompare(b.suffix, "en", { numeric: true });
}

function parse(tag: string): { numbers: number[]; suffix: string } | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:-(.+))?$/.exec(tag);
  return match ? { numbers: [match[1], match[2], match[3]].map(Number), suffix: match[4] ?? "" } : undefined;
}
