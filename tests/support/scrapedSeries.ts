import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { debianPrograms } from "./debianPrograms.ts";
import { freePort } from "./freePort.ts";
import { ServerProcess } from "./serverProcess.ts";

/** What a VictoriaMetrics of its own reads from one target each second: it scrapes as vmagent does, by the same code. */
export class ScrapedSeries {
  readonly #url: string;
  readonly #folder: string;
  readonly #server: ServerProcess;

  private constructor(url: string, folder: string, server: ServerProcess) {
    this.#url = url;
    this.#folder = folder;
    this.#server = server;
  }

  /**
   * @param job as the collector names it.
   * @param target its URL, without path.
   */
  static async start(job: string, target: string, path: string): Promise<ScrapedSeries> {
    const folder = mkdtempSync(join(tmpdir(), "plane-ops-scraped-"));
    const url = `http://127.0.0.1:${await freePort()}`;
    const jobs = [
      { job_name: job, metrics_path: path, static_configs: [{ targets: [new URL(target).host] }] },
    ];
    const file = join(folder, "scrape.json");
    writeFileSync(file, JSON.stringify({ global: { scrape_interval: "1s" }, scrape_configs: jobs }));
    const server = await ServerProcess.start({
      command: join(await debianPrograms("victoria-metrics"), "victoria-metrics"),
      args: [
        ...[`-httpListenAddr=${new URL(url).host}`, `-storageDataPath=${folder}/data`],
        ...[`-promscrape.config=${file}`, "-search.latencyOffset=0s"],
      ],
      folder,
      env: {},
      log: join(folder, "log"),
      health: `${url}/health`,
    });
    return new ScrapedSeries(url, folder, server);
  }

  /** Series that a selector finds now. */
  async count(selector: string): Promise<number> {
    const answer = await fetch(`${this.#url}/api/v1/query?${new URLSearchParams({ query: selector })}`);
    const { data } = (await answer.json()) as { data: { result: object[] } };
    return data.result.length;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
