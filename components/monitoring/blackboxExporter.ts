import { type Input, output } from "@pulumi/pulumi";
import { stringify } from "yaml";
import { FILES, keepOnly, type Part, type ScrapeJob, targetOf } from "./part.ts";

export interface ProbeArgs {
  /** `work.ewutelo.cloud`: the name that Plane's site is asked by. */
  host: string;
  scheme: "http" | "https";
  /** Of an account that may sign in; secret. */
  token: Input<string>;
  /** Whether n8n listens for Plane's webhooks. */
  webhooks: boolean;
}

/** A question to ask from outside, and the module that says what a good answer is. */
interface Probe {
  probe: "api" | "api_authenticated" | "web" | "webhook" | "certificate";
  target: string;
}

/** What is asked, in the order of the way to Plane: its site through the proxy, its api, n8n behind it. */
export function probesOf({ scheme, webhooks }: ProbeArgs): Probe[] {
  return [
    { probe: "api", target: "http://plane-api:8000/" },
    { probe: "api_authenticated", target: "http://plane-api:8000/api/v1/users/me/" },
    { probe: "web", target: `${scheme}://caddy/` },
    ...(webhooks ? [{ probe: "webhook", target: "http://n8n:5678/webhook/plane" } as const] : []),
    ...(scheme === "https" ? [{ probe: "certificate", target: "caddy:443" } as const] : []),
  ];
}

/** Plane as those see it who use it. The api is asked by its own name: agents bypass the proxy. */
export function blackboxExporter(args: ProbeArgs): Part {
  return {
    name: "plane_blackbox_exporter",
    service: "blackbox_exporter",
    image: "blackboxExporter",
    command: [`--config.file=${FILES}/blackbox.yml`],
    files: {
      "blackbox.yml": output(args.token).apply((token) => stringify({ modules: modules(args, token) })),
    },
    // The proxy lets in clients of this network, and none of `backend`, where it would be found too.
    networks: ["frontend", "egress"],
    health: "/-/healthy",
    port: 9115,
  };
}

export function probeJob(part: Part, args: ProbeArgs): ScrapeJob {
  return {
    job_name: "plane-probe",
    metrics_path: "/probe",
    static_configs: probesOf(args).map(({ probe, target }) => ({
      targets: [target],
      labels: { probe, __param_module: probe },
    })),
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__address__"], target_label: "instance" },
      { target_label: "__address__", replacement: targetOf(part) },
    ],
    metric_relabel_configs: keepOnly(
      "probe_(success|duration_seconds|http_status_code|ssl_earliest_cert_expiry)",
    ),
  };
}

function modules({ host, scheme }: ProbeArgs, token: string) {
  const http = (settings: Record<string, unknown>) => ({
    prober: "http",
    timeout: "8s",
    http: { preferred_ip_protocol: "ip4", valid_status_codes: [200], follow_redirects: false, ...settings },
  });
  // The proxy answers for this name only, whatever it is reached by.
  const tls = { tls_config: { server_name: host } };
  return {
    api: http({}),
    api_authenticated: http({ headers: { "X-Api-Key": token } }),
    web: http({ headers: { Host: host }, ...(scheme === "https" && tls) }),
    // A GET starts no flow: n8n says that the path takes POST, which only a flow that is on makes it say.
    webhook: http({ valid_status_codes: [404], fail_if_body_not_matches_regexp: ["POST request"] }),
    certificate: { prober: "tcp", timeout: "8s", tcp: { preferred_ip_protocol: "ip4", tls: true, ...tls } },
  };
}
