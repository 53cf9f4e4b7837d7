/** What a container has used, as Docker counts it. */
export interface Usage {
  name: string;
  /** Of CPU, since its start. */
  seconds: number;
  /** Bytes that cannot be given back at once. */
  workingSet: number;
  /** Bytes; all of the host's where it has no limit of its own. */
  limit: number;
}

/** What `/containers/<id>/stats` says, as far as it is used here; cgroup v1 and v2 name the file cache differently. */
interface Stats {
  cpu_stats: { cpu_usage: { total_usage: number } };
  memory_stats: { usage?: number; limit?: number; stats?: Record<string, number> };
}

/** The API that engines since 20.10 have: it knows `one-shot`, without which each figure takes a second. */
const API = "/v1.41";
const TIMEOUT_MS = 8000;

/** Docker's API, read only. */
export class Engine {
  readonly #address: string;
  readonly #wanted: RegExp;

  /** @param wanted whole names of the containers that are looked at. */
  constructor(address: string, wanted: RegExp) {
    this.#address = address;
    this.#wanted = wanted;
  }

  /** Of each wanted container that runs. @throws when Docker does not answer. */
  async usages(): Promise<Usage[]> {
    const running = (await this.#get("/containers/json")) as { Id: string; Names: string[] }[];
    const wanted = running.flatMap(({ Id, Names: [name = ""] }) =>
      this.#wanted.test(name.slice(1)) ? [{ id: Id, name: name.slice(1) }] : [],
    );
    const usages = await Promise.all(wanted.map(({ id, name }) => this.#usage(id, name)));
    return usages.filter((usage) => usage !== undefined);
  }

  /** Calls back with the name of each wanted container that is killed for its memory; ends when Docker closes. */
  async eachOomKill(since: number, killed: (name: string) => void): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ type: ["container"], event: ["oom"] }));
    const response = await fetch(`${this.#address}${API}/events?since=${since}&filters=${filters}`);
    if (!response.ok || response.body === null) throw new Error(`events: ${response.status}`);
    let rest = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines.filter((each) => each.trim() !== "")) {
        const { Actor } = JSON.parse(line) as { Actor: { Attributes: { name?: string } } };
        const { name = "" } = Actor.Attributes;
        if (this.#wanted.test(name)) killed(name);
      }
    }
  }

  /** Undefined when it is gone meanwhile. */
  async #usage(id: string, name: string): Promise<Usage | undefined> {
    const stats = (await this.#get(`/containers/${id}/stats?stream=false&one-shot=true`)) as
      | Stats
      | undefined;
    if (stats?.memory_stats.usage === undefined) return undefined;
    const { usage, limit = 0, stats: parts = {} } = stats.memory_stats;
    const cache = parts.inactive_file ?? parts.total_inactive_file ?? 0;
    const seconds = stats.cpu_stats.cpu_usage.total_usage / 1e9;
    return { name, seconds, workingSet: Math.max(0, usage - cache), limit };
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`${this.#address}${API}${path}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }
}
