import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./freePort.ts";
import { installLitellm } from "./litellmInstall.ts";
import { ServerProcess } from "./serverProcess.ts";

/** A real LiteLLM proxy as a process of this machine, without a database and without models. */
export class Litellm {
  readonly url: string;
  readonly #folder: string;
  readonly #process: ServerProcess;

  private constructor(url: string, folder: string, process: ServerProcess) {
    this.url = url;
    this.#folder = folder;
    this.#process = process;
  }

  /** @param address of this machine; containers reach the one of their network's bridge. */
  static async start(address = "127.0.0.1"): Promise<Litellm> {
    const packages = await installLitellm();
    const port = await freePort();
    const url = `http://${address}:${port}`;
    const folder = mkdtempSync(join(tmpdir(), "litellm-"));
    const config = join(folder, "config.yaml");
    writeFileSync(config, "model_list: []\n");
    const options = ["--host", address, "--port", `${port}`, "--config", config];
    try {
      const process = await ServerProcess.start({
        command: "python3",
        args: [join(packages, "bin/litellm"), ...options],
        folder,
        env: {
          HOME: folder,
          PYTHONPATH: packages,
          // It does not start without one.
          LITELLM_MASTER_KEY: `sk-${randomBytes(24).toString("hex")}`,
          // Else it fetches prices when it starts.
          LITELLM_LOCAL_MODEL_COST_MAP: "True",
        },
        log: join(folder, "litellm.log"),
        health: `${url}/health/liveliness`,
      });
      return new Litellm(url, folder, process);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
