import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readVersions } from "../../versions.ts";
import type { Credential } from "../../workflows/n8n/workflow.ts";
import { idOf, itemData, ONBOARDING, PEOPLE, type TestItem } from "./deliveries.ts";
import { freePort } from "./freePort.ts";
import { N8n } from "./n8n.ts";
import { deployFlows } from "./planeFlows.ts";
import { docker, run } from "./stack.ts";
import { Telegram } from "./telegram.ts";

const REDIS_PASSWORD = "password-of-a-test";
const WITHIN_MS = 180_000;

/** The flows on a real n8n and a real Redis, with Telegram's Bot API, Plane's API and the bridge as small servers. */
export class FlowsWorld {
  readonly n8n: N8n;
  readonly telegram: Telegram;
  /** Answers of Plane's API by path below the workspace, without the query; what it does not have is a 404. */
  readonly plane = new Map<string, unknown>([
    ["members/", PEOPLE],
    [`projects/${ONBOARDING.id}/`, ONBOARDING],
  ]);
  /** In place of all that, where it is set. */
  answers: ((need: string) => { status: number; body: unknown }) | undefined;
  /** Status that Plane's API answers everything with; 0: it answers. */
  planeStatus = 0;
  /** What the bridge was told: path and body, where the signature was right. */
  readonly told: string[] = [];
  /** What Telegram is reached with. */
  bot: Credential = { id: "", name: "" };
  #webhookSecret = "";
  #telegramSecret = "";
  #update = 0;
  /** How many in which minute. */
  readonly #delivered = new Map<number, number>();
  readonly #redis: string;
  readonly #servers: Server[] = [];

  private constructor(n8n: N8n, telegram: Telegram, redis: string) {
    this.n8n = n8n;
    this.telegram = telegram;
    this.#redis = redis;
  }

  /** @param options `asDeployed`: schedules as they are, and not every five seconds; `environment`: more of n8n's. */
  static async start(
    name: string,
    options: { asDeployed?: boolean; environment?: Record<string, string> } = {},
  ): Promise<FlowsWorld> {
    const redis = `plane-ops-${name}-redis`;
    await run("docker", ["rm", "--force", redis]);
    const port = await freePort();
    const [n8n, telegram] = await Promise.all([
      N8n.start({ environment: options.environment ?? {} }),
      Telegram.start(),
    ]);
    const world = new FlowsWorld(n8n, telegram, redis);
    try {
      await world.#open(port, options.asDeployed ?? false);
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async #open(port: number, asDeployed: boolean): Promise<void> {
    const { n8n, telegram } = this;
    await docker(
      ...["run", "--detach", "--name", this.#redis, "--publish", `127.0.0.1:${port}:6379`],
      ...[readVersions().images.redis, "redis-server", "--requirepass", REDIS_PASSWORD],
    );
    const plane = await this.#serve((_request, path) => {
      if (this.planeStatus > 0) return [this.planeStatus, {}];
      if (this.answers !== undefined) {
        const { status, body } = this.answers(path);
        return [status, body];
      }
      const body = this.plane.get(path.replace(/\?.*/, ""));
      return body === undefined ? [404, {}] : [200, body];
    });
    let eventsSecret = "";
    const bridge = await this.#serve((request, path, body) => {
      const signature = createHmac("sha256", eventsSecret).update(body).digest("hex");
      const isRight = request.headers["x-plane-bridge-signature"] === signature;
      if (isRight) this.told.push(`${path} ${body}`);
      if (!isRight) return [401, {}];
      return path === "pause" ? [200, { paused: ["imhotep"] }] : [202, {}];
    });
    const deployed = await deployFlows({
      ...{ n8n, telegram, planeApi: plane, bridge },
      redis: { port, password: REDIS_PASSWORD },
      asDeployed,
    });
    this.bot = deployed.bot;
    eventsSecret = deployed.eventsSecret;
    this.#webhookSecret = deployed.webhookSecret;
    this.#telegramSecret = deployed.telegramSecret;
  }

  /** A work item as Plane's API shows it from now on. */
  set(item: TestItem): void {
    const path = `projects/${ONBOARDING.id}/work-items/${idOf("item", String(item.number))}/`;
    this.plane.set(path, { ...itemData(item, Date.now()), project: ONBOARDING });
  }

  sign(body: string): string {
    return createHmac("sha256", this.#webhookSecret).update(body).digest("hex");
  }

  /** Waits for the next minute where this one has no room for so many deliveries: above a hundred they are summed up. */
  async room(deliveries: number): Promise<void> {
    const minute = () => Math.floor(Date.now() / 60_000);
    if ((this.#delivered.get(minute()) ?? 0) + deliveries > 95) await sleep(60_000 - (Date.now() % 60_000));
  }

  /** Delivers as Plane does; returns the status of the answer. */
  async deliver(
    body: string,
    signature: string | undefined = this.sign(body),
    more: Record<string, string> = {},
  ): Promise<number> {
    const minute = Math.floor(Date.now() / 60_000);
    if (signature === this.sign(body)) this.#delivered.set(minute, (this.#delivered.get(minute) ?? 0) + 1);
    const headers = {
      "content-type": "application/json",
      "x-plane-event": "issue",
      ...more,
      ...(signature !== "" && { "x-plane-signature": signature }),
    };
    const answer = await fetch(`${this.n8n.url}/webhook/plane`, { method: "POST", body, headers });
    await answer.body?.cancel();
    return answer.status;
  }

  /** What a person writes, as Telegram delivers it; returns the status of the answer. */
  async write(text: string, { chat = 4242, secret = this.#telegramSecret } = {}): Promise<number> {
    const message = { message_id: 7, chat: { id: chat }, date: Math.floor(Date.now() / 1000), text };
    const answer = await fetch(`${this.n8n.url}/webhook/telegram`, {
      method: "POST",
      body: JSON.stringify({ update_id: ++this.#update, message }),
      headers: { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret },
    });
    await answer.body?.cancel();
    return answer.status;
  }

  /** Waits until there are so many messages, and a moment longer for one too many. */
  async messages(count: number): Promise<string[]> {
    const deadline = Date.now() + WITHIN_MS;
    while (this.telegram.calls.length < count) {
      if (Date.now() > deadline)
        throw new Error(
          `${this.telegram.calls.length} of ${count} messages came:\n${this.telegram.texts.join("\n")}`,
        );
      await sleep(20);
    }
    await sleep(1500);
    return this.telegram.texts;
  }

  /** Waits until each of these was told, and a moment longer; returns how often each was. */
  async times(words: readonly string[]): Promise<number[]> {
    const times = () => words.map((each) => this.telegram.texts.filter((text) => text.includes(each)).length);
    const deadline = Date.now() + WITHIN_MS;
    while (times().includes(0)) {
      if (Date.now() > deadline)
        throw new Error(`${words} did not all come:\n${this.telegram.texts.join("\n")}`);
      await sleep(50);
    }
    await sleep(1500);
    return times();
  }

  /** Redis is away, or back. */
  async redis(state: "stop" | "start"): Promise<void> {
    await docker(state, this.#redis);
  }

  async stop(): Promise<void> {
    await this.n8n.stop();
    this.telegram.stop();
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
    await run("docker", ["rm", "--force", this.#redis]);
  }

  async #serve(
    answer: (request: IncomingMessage, path: string, body: string) => [status: number, body: unknown],
  ): Promise<string> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const [status, body] = answer(request, (request.url ?? "").slice(1), Buffer.concat(chunks).toString());
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }
}
