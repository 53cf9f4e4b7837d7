import { setTimeout as sleep } from "node:timers/promises";
import type { Row } from "../database.ts";
import { type Answer, type Context, json, nothing, type Request } from "./exchange.ts";
import { emptyEverything } from "./reset.ts";

const PREFIX = "/__standin__/";

/** A fault at the `at`-th call from now that `method` and `path` fit; `times` calls in a row. */
export interface Fault {
  at: number;
  kind: "429" | "500" | "502" | "reset" | "executed-reset" | "slow" | "executed-slow";
  times?: number;
  method?: string;
  /** A regular expression for the path. */
  path?: string;
  /** Seconds for the Retry-After of a 429. */
  retryAfter?: number;
  /** How long `slow` waits before it executes, and `executed-slow` before it answers. */
  ms?: number;
}

/** The stand-in's own endpoints: ordering faults, listing calls, emptying the data. */
export class Control {
  readonly #context: Context;
  #faults: { fault: Fault; left: number; times: number }[] = [];
  #calls: Row[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  /** Answers its own paths, and runs everything else as ordered. */
  async around(request: Request, run: () => Promise<Answer>): Promise<Answer | "reset"> {
    if (request.path.startsWith(PREFIX)) return this.#own(request);
    const call: Row = { method: request.method, path: request.path, status: null };
    this.#calls.push(call);
    const result = await this.#faulty(this.#due(request), run);
    call["status"] = result === "reset" ? 0 : result.status;
    return result;
  }

  async #faulty(fault: Fault | undefined, run: () => Promise<Answer>): Promise<Answer | "reset"> {
    switch (fault?.kind) {
      case "429":
        return json(
          429,
          { error_code: 5900, error_message: "RATE_LIMIT_EXCEEDED" },
          { "retry-after": String(fault.retryAfter ?? 1) },
        );
      case "500":
        return json(500, { error: "Something went wrong please try again later" });
      case "502":
        return {
          status: 502,
          headers: { "content-type": "text/html", vary: "" },
          body: "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
        };
      case "reset":
        return "reset";
      case "executed-reset":
        await run();
        return "reset";
      case "slow":
        await sleep(fault.ms ?? 1000);
        return run();
      case "executed-slow": {
        const answer = await run();
        await sleep(fault.ms ?? 1000);
        return answer;
      }
      default:
        return run();
    }
  }

  #due(request: Request): Fault | undefined {
    let due: Fault | undefined;
    for (const order of this.#faults) {
      const { fault } = order;
      if (fault.method !== undefined && fault.method !== request.method) continue;
      if (fault.path !== undefined && !new RegExp(fault.path).test(request.path)) continue;
      order.left--;
      if (order.left > 0 || due !== undefined) continue;
      due = fault;
      order.times--;
    }
    this.#faults = this.#faults.filter(({ times }) => times > 0);
    return due;
  }

  async #own(request: Request): Promise<Answer> {
    const action = `${request.method} ${request.path.slice(PREFIX.length)}`;
    switch (action) {
      case "POST faults": {
        const fault = JSON.parse(request.body.toString("utf8")) as Fault;
        this.#faults.push({ fault, left: fault.at, times: fault.times ?? 1 });
        return nothing();
      }
      case "DELETE faults":
        this.#faults = [];
        return nothing();
      case "GET calls":
        return json(200, this.#calls);
      case "DELETE calls":
        this.#calls = [];
        return nothing();
      case "POST reset":
        this.#faults = [];
        this.#calls = [];
        await emptyEverything(this.#context);
        return nothing();
      default:
        return json(404, { error: `the stand-in's control knows no ${action}` });
    }
  }
}
