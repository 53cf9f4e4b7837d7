import type { Input, Resource } from "@pulumi/pulumi";
import type { PostgresqlServer } from "../../providers/postgresql/psql.ts";

/** What Plane stands on, looked up or created: no other component knows which. */
export interface Platform {
  networks: {
    frontend: Input<string>;
    backend: Input<string>;
    egress: Input<string>;
    monitoring: Input<string>;
  };
  postgresql: {
    /** For SQL as superuser, from the host. */
    server: { [K in keyof PostgresqlServer]: Input<PostgresqlServer[K]> };
    /** DNS name on the backend network. */
    hostname: string;
    /** Password for Plane's own role. */
    rolePassword: Input<string>;
  };
  redis: {
    container: Input<string>;
    hostname: string;
    password: Input<string>;
  };
  caddy: {
    container: Input<string>;
    /** File on the host that takes our site's block. */
    siteFile: string;
    /** Scheme of the site: `https` where Caddy has certificates for the domain. */
    scheme: "http" | "https";
  };
  /** How Plane's webhooks reach n8n. */
  webhook: {
    url: string;
    /** Names that the worker must resolve beside the networks' own. */
    hosts: { host: string; ip: string }[];
  };
  /** An n8n of this stack, where there is one: the program reaches it at its site. */
  n8n?: { container: Resource };
  /** VictoriaMetrics, Loki and what feeds them, where they are this stack's. */
  observability: Resource[];
  /** What must exist before anything uses the platform; empty where it was there before us. */
  ready: Resource[];
}

/** Plane's address as people see it: `http://work.localhost:8080`, `https://work.ewutelo.cloud`. */
export function planeUrl(scheme: string, domain: string, port?: number): string {
  return siteUrl("work", scheme, domain, port);
}

/** n8n's address as people see it: `http://mayi.localhost:8080`. */
export function n8nUrl(scheme: string, domain: string, port?: number): string {
  return siteUrl("mayi", scheme, domain, port);
}

function siteUrl(site: string, scheme: string, domain: string, port?: number): string {
  return `${scheme}://${site}.${domain}${port === undefined || port === 80 ? "" : `:${port}`}`;
}
