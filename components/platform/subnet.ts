/** The five networks of the platform (platform.md), with the third number of each one's subnet. */
export const NETWORKS = {
  frontend: { third: 1, internal: false },
  backend: { third: 2, internal: true },
  monitoring: { third: 3, internal: true },
  egress: { third: 4, internal: false },
  sandbox: { third: 5, internal: true },
} as const;

export type NetworkName = keyof typeof NETWORKS;

/** A network's subnet: `172.20` and `backend` give `172.20.2.0/24`. */
export function subnetOf(prefix: string, network: NetworkName): string {
  return `${prefix}.${NETWORKS[network].third}.0/24`;
}

/** Whether two IPv4 ranges share an address. An IPv6 range shares none with ours. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a !== undefined && b !== undefined && a.first <= b.last && b.first <= a.last;
}

function rangeOf(cidr: string): { first: number; last: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  const size = 2 ** (32 - bits);
  const value = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}
