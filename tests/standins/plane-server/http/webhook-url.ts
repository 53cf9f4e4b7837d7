import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import type { Settings } from "../settings.ts";
import { badRequest } from "./failure.ts";

const PRIVATE: [network: string, prefix: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
];

/** What is wrong with a webhook's URL by its looks: a host must be `localhost`, an IP, or have a dot. */
export function checkUrl(text: string): string[] {
  const errors: string[] = [];
  const [, scheme = "", netloc = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(text) ?? [];
  const host = netloc.replace(/^.*@/, "").replace(/:\d+$/, "");
  const named = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+([a-z][a-z0-9-]*[a-z0-9])\.?$/i.test(host);
  const fine = host === "localhost" || isIP(host.replace(/^\[|\]$/g, "")) !== 0 || named;
  if (!/^(https?|ftps?)$/i.test(scheme) || !fine || /\s/.test(text)) errors.push("Enter a valid URL.");
  if (errors.length > 0) return errors;
  if (!/^https?$/i.test(scheme)) errors.push("Invalid schema. Only HTTP and HTTPS are allowed.");
  if (["localhost", "127.0.0.1"].includes(netloc)) errors.push("Local URLs are not allowed.");
  return errors;
}

/**
 * Refuses what the worker must not reach: names that do not resolve, private addresses, and, for a new webhook,
 * the host that was asked. WEBHOOK_ALLOWED_HOSTS lifts all of it, WEBHOOK_ALLOWED_IPS opens addresses.
 */
export async function checkReachable(
  text: string,
  settings: Settings,
  ownHost: string | undefined,
): Promise<void> {
  const host = new URL(text).hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (settings.webhookAllowedHosts.includes(host)) return;
  const addresses = await lookup(host, { all: true }).catch(() => []);
  const allowed = blockList(settings.webhookAllowedIps.map(network));
  const closed = blockList(PRIVATE);
  const refused = addresses.some(
    ({ address, family }) =>
      closed.check(address, family === 6 ? "ipv6" : "ipv4") &&
      !allowed.check(address, family === 6 ? "ipv6" : "ipv4"),
  );
  if (addresses.length === 0 || refused) throw badRequest({ url: "Invalid or disallowed webhook URL." });
  const own = ownHost?.replace(/:\d+$/, "").toLowerCase();
  if (own !== undefined && (host === own || host.endsWith(`.${own}`))) {
    throw badRequest({ url: "URL domain or its subdomain is not allowed." });
  }
}

function network(text: string): [string, number] {
  const [address = "", prefix] = text.split("/");
  return [address, prefix === undefined ? (isIP(address) === 6 ? 128 : 32) : Number(prefix)];
}

function blockList(networks: [string, number][]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks) {
    list.addSubnet(address, prefix, isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
