import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { Bench } from "../contract/images/harness.ts";
import type { Fault } from "../standins/plane-server/http/control.ts";
import { freePort } from "./freePort.ts";
import { type World, worldOf } from "./planeWorld.ts";

export type { Fault, World };

/** One call that the server got: status 0 is a connection that it cut, null one that has not been answered yet. */
export interface RecordedCall {
  method: string;
  path: string;
  status: number | null;
}

export interface PlaneServerOptions {
  /** Requests per minute and API token. */
  apiRateLimit?: number;
  /** More environment of the api and the worker, over the defaults. */
  env?: Record<string, string>;
  /** Also starts a worker, which delivers webhooks. */
  worker?: boolean;
  /** Also starts an object store with a bucket, and makes the api's signed URLs lead straight to it. */
  storage?: boolean;
}

const MAIN = fileURLToPath(new URL("../standins/plane-server/main.ts", import.meta.url));
/** A directory with a manage.py, as `/code` in the image. */
const CODE = fileURLToPath(new URL("../standins/images/planeBackend", import.meta.url));
const PASSWORD = "plane-test";
const STORAGE_USER = "planeroot";
const POSTGRESQL = ["fsync", "synchronous_commit", "full_page_writes"].flatMap((name) => [
  "-c",
  `${name}=off`,
]);
const READY_WITHIN_MS = 60_000;

let count = 0;

/** Processes of this one that still run; they end with it, however it ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The stand-in of Plane's backend as processes of this machine, with a PostgreSQL and a Redis of its own. */
export class PlaneServer {
  readonly #bench: Bench;
  readonly #logs = mkdtempSync(join(tmpdir(), "plane-server-"));
  readonly #processes: ChildProcess[] = [];
  readonly #extra: PlaneServer[] = [];
  readonly #env: Record<string, string>;
  readonly #database: pg.Pool;
  #url = "";
  #api: ChildProcess | undefined;

  private constructor(bench: Bench, env: Record<string, string>, database: pg.Pool) {
    this.#bench = bench;
    this.#env = env;
    this.#database = database;
  }

  /** Starts everything and waits until it answers. */
  static async start(options: PlaneServerOptions = {}): Promise<PlaneServer> {
    const bench = new Bench(`plane-server-${count++}`);
    let server: PlaneServer | undefined;
    try {
      await bench.open(["postgresql", "redis", ...(options.storage ? (["minio"] as const) : [])]);
      const [databaseUrl, redisUrl, storage] = await Promise.all([
        startPostgresql(bench),
        startRedis(bench),
        options.storage ? startStorage(bench) : {},
      ]);
      const env = {
        APP_VERSION: "1.3.1",
        DATABASE_URL: databaseUrl,
        REDIS_URL: `${redisUrl}/0`,
        AMQP_URL: `${redisUrl}/1`,
        SECRET_KEY: "secret-of-the-tests",
        API_KEY_RATE_LIMIT: `${options.apiRateLimit ?? 60}/minute`,
        WEBHOOK_ALLOWED_IPS: "127.0.0.0/8,::1/128",
        STANDIN_CONTROL: "1",
        STANDIN_RETRY_SECONDS: "0.05",
        ...storage,
        ...options.env,
      };
      server = new PlaneServer(bench, env, new pg.Pool({ connectionString: databaseUrl, max: 2 }));
      // A connection that breaks is reported by the next query.
      server.#database.on("error", () => {});
      await server.#manage("migrate");
      await server.#manage("register_instance", "tests");
      await server.#manage("configure_instance");
      if (options.storage) await server.#manage("create_bucket");
      await server.#serve();
      if (options.worker === true) server.startWorker();
      return server;
    } catch (error) {
      await (server ?? bench).close();
      throw error;
    }
  }

  /** Where the api answers. */
  get url(): string {
    return this.#url;
  }

  /** Where the object store answers. */
  get storageUrl(): string {
    return this.#env["AWS_S3_ENDPOINT_URL"] ?? assert.fail("this server was started without storage");
  }

  /** Another api on the same data, with some of the environment changed. It ends with this one. */
  async another(env: Record<string, string>): Promise<PlaneServer> {
    const { WEB_URL: _, ...own } = this.#env;
    const other = new PlaneServer(this.#bench, { ...own, ...env }, this.#database);
    this.#extra.push(other);
    await other.#serve();
    return other;
  }

  /** Where Redis answers, with its password. */
  get redisUrl(): string {
    return this.#env["REDIS_URL"] ?? assert.fail("this server was started without Redis");
  }

  /** Ends the api alone. */
  async stopApi(): Promise<void> {
    if (this.#api) await end(this.#api);
  }

  /** Starts the api again, where it was. */
  async startApi(): Promise<void> {
    await this.#serve(Number(new URL(this.#url).port));
  }

  /** Starts a worker, which delivers webhooks. */
  startWorker(): void {
    this.#spawn("worker", ["celery", "-A", "plane", "worker", "-l", "info"]);
  }

  /** Empties the data, the cache, the queue, the list of calls and the ordered faults; not the bucket. */
  async reset(): Promise<void> {
    await this.#control("POST", "reset");
  }

  /** The calls since the start or the last clearing, in order; those of the control are not among them. */
  async calls(): Promise<RecordedCall[]> {
    return (await (await this.#control("GET", "calls")).json()) as RecordedCall[];
  }

  async clearCalls(): Promise<void> {
    await this.#control("DELETE", "calls");
  }

  /** Orders a fault. */
  async order(fault: Fault): Promise<void> {
    await this.#control("POST", "faults", fault);
  }

  /** Forgets all faults that have not happened. */
  async clearFaults(): Promise<void> {
    await this.#control("DELETE", "faults");
  }

  /** Runs SQL in Plane's database and returns the rows. */
  async sql<Row extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    return (await this.#database.query<Row>(text, values)).rows;
  }

  /** What a person would find in this Plane, without ids and times, sorted: for deepEqual. */
  world(): Promise<World> {
    return worldOf((text) => this.sql(text));
  }

  /** What the api and the worker printed. */
  logs(): string {
    return ["api", "worker"]
      .map((name) => {
        try {
          return readFileSync(join(this.#logs, name), "utf8");
        } catch {
          return "";
        }
      })
      .join("");
  }

  /** Stops the processes and removes the containers. */
  async close(): Promise<void> {
    await Promise.all(this.#extra.map((extra) => extra.#stop()));
    await this.#stop();
    await this.#database.end();
    await this.#bench.close();
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#processes.map(end));
    rmSync(this.#logs, { recursive: true, force: true });
  }

  async #serve(known?: number): Promise<void> {
    const port = known ?? (await freePort());
    this.#url = `http://127.0.0.1:${port}`;
    this.#env["WEB_URL"] ??= this.#url;
    const api = this.#spawn("api", ["gunicorn", "--bind", `127.0.0.1:${port}`]);
    this.#api = api;
    const deadline = Date.now() + READY_WITHIN_MS;
    while (
      !(await fetch(this.#url).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      assert.ok(api.exitCode === null && Date.now() < deadline, `the api does not start:\n${this.logs()}`);
      await sleep(50);
    }
    await this.clearCalls();
  }

  async #manage(...command: string[]): Promise<void> {
    const child = this.#spawn("manage", ["python", "manage.py", ...command]);
    const [code] = (await once(child, "exit")) as [number | null];
    const printed = readFileSync(join(this.#logs, "manage"), "utf8");
    assert.equal(code, 0, `manage.py ${command.join(" ")}:\n${printed}`);
  }

  #spawn(name: string, args: string[]): ChildProcess {
    const log = openSync(join(this.#logs, name), "a");
    // PATH and nothing else of this process: a proxy or a NODE_OPTIONS of the tests is not the server's.
    const env = { PATH: process.env["PATH"] ?? "", ...this.#env };
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: CODE, env, stdio: ["ignore", log, log] });
    closeSync(log);
    this.#processes.push(child);
    running.add(child);
    child.once("exit", () => running.delete(child));
    return child;
  }

  async #control(method: string, action: string, body?: unknown): Promise<Response> {
    const answer = await fetch(`${this.#url}/__standin__/${action}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${action}: ${answer.status}\n${answer.ok ? "" : this.logs().slice(-2000)}`);
    if (method !== "GET") await answer.arrayBuffer();
    return answer;
  }
}

async function startPostgresql(bench: Bench): Promise<string> {
  const container = await bench.run({
    name: "postgresql",
    user: "999:999",
    env: { POSTGRES_PASSWORD: PASSWORD, POSTGRES_DB: "plane" },
    command: ["postgres", ...POSTGRESQL],
    port: 5432,
  });
  const url = `postgresql://postgres:${PASSWORD}@${hostOf(await bench.address(container, 5432))}/plane`;
  await bench.until("PostgreSQL", async () => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    await client.end();
    return true;
  });
  return url;
}

async function startRedis(bench: Bench): Promise<string> {
  const container = await bench.run({
    name: "redis",
    user: "999:999",
    env: { REDISCLI_AUTH: PASSWORD },
    command: ["redis-server", "--requirepass", PASSWORD, "--save", ""],
    port: 6379,
  });
  const url = `redis://:${PASSWORD}@${hostOf(await bench.address(container, 6379))}`;
  await bench.until("Redis", async () =>
    (await bench.exec(container, ["redis-cli", "ping"])).stdout.includes("PONG"),
  );
  return url;
}

/** Starts the store and returns the environment that leads to it. */
async function startStorage(bench: Bench): Promise<Record<string, string>> {
  const container = await bench.run({
    name: "minio",
    env: { MINIO_ROOT_USER: STORAGE_USER, MINIO_ROOT_PASSWORD: PASSWORD },
    command: ["server", "/data"],
    volumes: { uploads: "/data" },
    port: 9000,
  });
  const url = await bench.address(container, 9000);
  await bench.until("the store", async () => (await fetch(`${url}/minio/health/ready`)).ok);
  return {
    // "1" would sign for the api's own host, where no proxy leads on to the store.
    USE_MINIO: "0",
    AWS_S3_ENDPOINT_URL: url,
    AWS_S3_BUCKET_NAME: "uploads",
    AWS_ACCESS_KEY_ID: STORAGE_USER,
    AWS_SECRET_ACCESS_KEY: PASSWORD,
  };
}

function hostOf(address: string): string {
  return new URL(address).host;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 3000);
  await exited;
  clearTimeout(late);
}
