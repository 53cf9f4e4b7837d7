import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { openPool } from "../database.ts";
import { celeryLog, say, withoutPassword } from "../log.ts";
import { Broker } from "../redis/broker.ts";
import { openRedis } from "../redis/connection.ts";
import { BootError, loadSettings, type Settings } from "../settings.ts";
import { runBeat } from "./beat.ts";
import { runWorker } from "./worker.ts";

const WITH_VALUE = new Set([
  "-A",
  "--app",
  "-l",
  "--loglevel",
  "-P",
  "--pool",
  "-c",
  "--concurrency",
  "-Q",
  "-n",
]);

/** `celery -A plane worker|beat [-l info] [-P threads] [-c 2] [-B]`. Ends cleanly on SIGTERM. */
export async function celery(args: string[]): Promise<number> {
  const { command, options } = parse(args);
  if (options.get("-A") !== "plane")
    throw new BootError("Error: Unable to load celery application: use -A plane");
  const settings = loadSettings();
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());

  say(` -------------- celery@${hostname()} (stand-in)`);
  say(` -- .> transport:   ${withoutPassword(settings.brokerUrl)}`);
  say(` -- .> concurrency: ${options.get("-c") ?? "1"} (${options.get("-P") ?? "prefork"})`);
  const database = openPool(settings.databaseUrl);
  if (command === "worker") {
    const broker = await brokerFor(settings, stop.signal);
    const both = [runWorker(broker, settings, database, stop.signal)];
    if (options.has("-B")) both.push(runBeat(await brokerFor(settings, stop.signal), database, stop.signal));
    await Promise.all(both);
    say("\nworker: Warm shutdown (MainProcess)");
  } else {
    await runBeat(await brokerFor(settings, stop.signal), database, stop.signal);
  }
  await database.end();
  return 0;
}

function parse(args: string[]): { command: string; options: Map<string, string> } {
  const options = new Map<string, string>();
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [flag = "", inline] = args[i]?.split("=") ?? [];
    if (!flag.startsWith("-")) words.push(flag);
    else options.set(flag, inline ?? (WITH_VALUE.has(flag) ? (args[++i] ?? "") : ""));
  }
  const [command = ""] = words;
  if (words.length !== 1 || !["worker", "beat"].includes(command)) {
    throw new BootError(
      `Error: the stand-in knows \`celery worker\` and \`celery beat\`, not \`${words.join(" ")}\``,
    );
  }
  return { command, options };
}

/** Connects, and keeps trying while the broker is away, as celery does. */
async function brokerFor(settings: Settings, stop: AbortSignal): Promise<Broker> {
  for (let seconds = 2; ; seconds = Math.min(seconds + 2, 32)) {
    try {
      const broker = new Broker(await openRedis(settings.brokerUrl), settings.overlay.brokerPrefix);
      await broker.declare();
      celeryLog("INFO", `Connected to ${withoutPassword(settings.brokerUrl)}`);
      return broker;
    } catch (error) {
      if (stop.aborted) process.exit(0);
      const reason = (error as Error).message;
      celeryLog(
        "ERROR",
        `consumer: Cannot connect to ${withoutPassword(settings.brokerUrl)}: ${reason}. Trying again in ${seconds}.00 seconds...`,
      );
      await sleep(seconds * 1000, undefined, { signal: stop }).catch(() => process.exit(0));
    }
  }
}
