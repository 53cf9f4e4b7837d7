import dns from "node:dns";

const system = dns.lookup;

/**
 * Names below `.localhost` mean this machine (RFC 6761), and the local stack lives at `work.localhost`. curl and
 * browsers know; plain glibc, and so Node, does not.
 */
dns.lookup = ((host: string, ...rest: unknown[]) =>
  (system as (host: string, ...rest: unknown[]) => void)(
    /\.localhost$/.test(host) ? "127.0.0.1" : host,
    ...rest,
  )) as typeof dns.lookup;
