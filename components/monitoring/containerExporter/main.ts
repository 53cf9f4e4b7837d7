import { createServer } from "node:http";
import { Engine } from "./engine.ts";
import { metricsText } from "./metrics.ts";
import { OomKills } from "./oomKills.ts";

/** `node exporter.mjs <address of Docker's API> <pattern of names>`: containers' figures for Prometheus. */
const [address = "", pattern = ""] = process.argv.slice(2);
const engine = new Engine(address, new RegExp(`^(${pattern})$`));
const kills = new OomKills(engine);
void kills.watch();

createServer(async ({ url }, response) => {
  if (url === "/health") return response.end("ok\n");
  if (url !== "/metrics") return response.writeHead(404).end();
  try {
    const text = metricsText(await engine.usages(), kills.counts);
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text);
  } catch (error) {
    response.writeHead(503, { "content-type": "text/plain" }).end(`${(error as Error).message}\n`);
  }
}).listen(9101);
