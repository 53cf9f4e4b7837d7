import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseConfiguration, type ShipperConfiguration } from "./configuration.ts";
import { Lines } from "./lines.ts";

/**
 * In the place of Alloy: reads what containers print from Docker's API and pushes it to Loki, as the file says that
 * the command line names (`run [--flags] <file>`).
 */
const file = process.argv.slice(2).filter((word) => !word.startsWith("--"))[1];
if (process.argv[2] !== "run" || file === undefined) throw new Error("usage: alloy run [--flags] <file>");
const configuration = parseConfiguration(readFileSync(file, "utf8"));
const listen = process.argv.find((word) => word.startsWith("--server.http.listen-addr="));
createServer((socket) => socket.end()).listen(Number(listen?.split(":").at(-1) ?? 12345));

/** Containers that are followed, by id. */
const followed = new Set<string>();

void ship();

async function ship(): Promise<never> {
  for (;;) {
    const running = await containers(configuration).catch(() => []);
    for (const { id, name } of running.filter((each) => !followed.has(each.id))) {
      followed.add(id);
      void follow(configuration, id, name)
        .catch((error: Error) => console.error(`${name}: ${error.message}`))
        .finally(() => followed.delete(id));
    }
    await sleep(configuration.refreshMs);
  }
}

async function containers({ docker, names }: ShipperConfiguration): Promise<{ id: string; name: string }[]> {
  const response = await fetch(`${docker}/containers/json`);
  const list = (await response.json()) as { Id: string; Names: string[] }[];
  return list
    .map(({ Id, Names: [name = ""] }) => ({ id: Id, name: name.slice(1) }))
    .filter(({ name }) => names.test(`/${name}`));
}

/** Until the container ends. */
async function follow(configuration: ShipperConfiguration, id: string, name: string): Promise<void> {
  const { docker, loki, labels, mask } = configuration;
  const query = "stdout=1&stderr=1&timestamps=1&follow=1&since=0";
  const response = await fetch(`${docker}/containers/${id}/logs?${query}`);
  if (response.body === null) return;
  const lines = new Lines();
  for await (const chunk of response.body) {
    const values = lines.read(Buffer.from(chunk)).map(({ at, text }) => [at, mask(text)]);
    if (values.length === 0) continue;
    const body = JSON.stringify({ streams: [{ stream: { ...labels, container: name }, values }] });
    await push(loki, body);
  }
}

/** Loki may be away for a while: its lines wait. */
async function push(url: string, body: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    }).catch(() => undefined);
    if (response !== undefined && response.status < 500) {
      if (!response.ok) console.error(`Loki refuses lines: ${response.status} ${await response.text()}`);
      return;
    }
    await sleep(1000);
  }
}
