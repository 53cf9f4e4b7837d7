import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Record<string, unknown>;

interface Stored {
  dashboard: Json & { uid: string; title: string };
  folderUid: string;
}

interface Rule extends Json {
  uid?: string;
  title: string;
  condition: string;
  data: { refId: string; model: Json }[];
  notification_settings?: { receiver: string; group_by?: string[] };
}

interface Group {
  title: string;
  folderUid: string;
  interval: number;
  rules: Rule[];
}

/** One request, as it came. */
export interface GrafanaCall {
  method: string;
  path: string;
  body: unknown;
}

/**
 * The part of Grafana's HTTP API that dashboards and rules are made with, as its documentation has it. A double: no
 * Grafana is to be had here. It refuses what Grafana refuses: a folder or a contact point that there is not, a group that is
 * not grouped by what it has to be, a condition that is no query's, a dashboard that is there already.
 */
export class Grafana {
  static readonly TOKEN = "glsa_token-of-a-test";
  readonly #server: Server;
  readonly calls: GrafanaCall[] = [];
  readonly folders = new Map([["dejisd2fkjkl", "Javisi"]]);
  readonly contactPoints = new Set(["grafana-default-email", "telegram-monitoring"]);
  readonly dataSources = new Set(["VictoriaMetrics", "Loki"]);
  readonly dashboards = new Map<string, Stored & { version: number; id: number }>();
  /** By folder and name. */
  readonly groups = new Map<string, Group>();
  #made = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(([status, body]) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      );
    });
  }

  static async start(): Promise<Grafana> {
    const grafana = new Grafana();
    grafana.#server.listen(0, "127.0.0.1");
    await once(grafana.#server, "listening");
    return grafana;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Calls that changed something. */
  get changes(): GrafanaCall[] {
    return this.calls.filter(({ method }) => method !== "GET");
  }

  async #answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { pathname } = new URL(request.url ?? "/", "http://grafana");
    const body = text === "" ? undefined : (JSON.parse(text) as Json);
    const method = request.method ?? "GET";
    this.calls.push({ method, path: pathname, body });
    if (request.headers.authorization !== `Bearer ${Grafana.TOKEN}`)
      return [401, { message: "Invalid API key" }];
    return this.#route(method, pathname, body ?? {});
  }

  #route(method: string, path: string, body: Json): [status: number, body: unknown] {
    if (path === "/api/folders") return [200, [...this.folders].map(([uid, title]) => ({ uid, title }))];
    if (path === "/api/v1/provisioning/contact-points")
      return [200, [...this.contactPoints].map((name) => ({ name, type: "telegram" }))];
    const source = /^\/api\/datasources\/uid\/([^/]+)$/.exec(path)?.[1];
    if (source !== undefined)
      return this.dataSources.has(source)
        ? [200, { uid: source }]
        : [404, { message: "Data source not found" }];
    if (method === "POST" && path === "/api/dashboards/db") return this.#save(body);
    const dashboard = /^\/api\/dashboards\/uid\/([^/]+)$/.exec(path)?.[1];
    if (dashboard !== undefined) return this.#dashboard(method, dashboard);
    const group = /^\/api\/v1\/provisioning\/folder\/([^/]+)\/rule-groups\/([^/]+)$/.exec(path);
    if (group) {
      const [folder = "", name = ""] = group.slice(1).map(decodeURIComponent);
      return this.#group(method, `${folder}/${name}`, body as unknown as Group);
    }
    return [404, { message: "Not found" }];
  }

  #save(body: Json): [number, unknown] {
    const dashboard = body["dashboard"] as Stored["dashboard"];
    const folderUid = String(body["folderUid"]);
    if (!this.folders.has(folderUid)) return [400, { message: "folder not found" }];
    const there = this.dashboards.get(dashboard.uid);
    if (there && body["overwrite"] !== true)
      return [412, { message: "A dashboard with the same uid already exists", status: "name-exists" }];
    const version = (there?.version ?? 0) + 1;
    const id = there?.id ?? ++this.#made;
    this.dashboards.set(dashboard.uid, { dashboard, folderUid, version, id });
    return [200, { uid: dashboard.uid, id, version, status: "success" }];
  }

  #dashboard(method: string, uid: string): [number, unknown] {
    const stored = this.dashboards.get(uid);
    if (!stored) return [404, { message: "Dashboard not found" }];
    if (method === "DELETE") {
      this.dashboards.delete(uid);
      return [200, { title: stored.dashboard.title }];
    }
    const { dashboard, folderUid, version, id } = stored;
    const panels = (dashboard["panels"] as Json[]).map((panel, index) => ({ ...panel, id: index + 1 }));
    return [200, { dashboard: { ...dashboard, panels, id, version }, meta: { folderUid, url: `/d/${uid}` } }];
  }

  #group(method: string, key: string, body: Group): [number, unknown] {
    const there = this.groups.get(key);
    if (method === "PUT") {
      const problem = this.#problemOf(body);
      if (problem !== undefined) return [400, { message: problem }];
      const rules = body.rules.map((rule) => ({
        ...rule,
        uid: rule.uid ?? `rule${++this.#made}`,
        data: rule.data.map((query) => ({
          ...query,
          model: { intervalMs: 1000, maxDataPoints: 43200, ...query.model },
        })),
      }));
      this.groups.set(key, { ...body, rules });
      return [200, this.groups.get(key)];
    }
    if (!there) return [404, { message: "rule group not found" }];
    if (method === "DELETE") {
      this.groups.delete(key);
      return [204, {}];
    }
    return [200, there];
  }

  #problemOf({ folderUid, interval, rules }: Group): string | undefined {
    if (!this.folders.has(folderUid)) return "folder not found";
    if (interval % 10 !== 0) return "interval should be divisible by 10";
    for (const { title, condition, data, notification_settings: route } of rules) {
      if (!data.some(({ refId }) => refId === condition))
        return `${title}: condition ${condition} does not exist`;
      if (route === undefined) continue;
      if (!this.contactPoints.has(route.receiver))
        return `${title}: receiver ${route.receiver} does not exist`;
      for (const label of ["alertname", "grafana_folder"])
        if (route.group_by && !route.group_by.includes(label))
          return `${title}: group_by must contain ${label}`;
    }
    return undefined;
  }
}
