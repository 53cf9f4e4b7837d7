/** n8n's editor and API in the embedded platform, for `allowedClients` only; what Plane sends reaches n8n directly. */
export function n8nSite({ address, allowedClients }: { address: string; allowedClients: string[] }): string {
  return `${address} {
	@outside not client_ip ${allowedClients.join(" ")}
	respond @outside 403
	reverse_proxy n8n:5678
}
`;
}
