import { connect, createServer, type Server, type Socket } from "node:net";
import { type Permitted, permitted, Refused, type SandboxRules } from "./rules.ts";

/** A shell command is one argument, which Linux limits to 128 KiB; JSON makes it longer. */
const LARGEST_BODY = 1024 * 1024;
const LARGEST_HEAD = 16 * 1024;
/** The client sends a request at once. */
const REQUEST_WITHIN_MS = 10_000;

/** A request that has arrived whole, and what came after it. */
interface Arrived {
  method: string;
  url: string;
  body: string;
  /** Input of a command that the client sent without waiting. */
  rest: Buffer;
}

/**
 * Listens where the gateway looks for Docker. One request per connection, read and written anew here: Node's own server
 * and HAProxy drop the body or the upgrade of a request that has both, as the start of a command has.
 */
export function socketProxy(docker: string, rules: SandboxRules, report: (line: string) => void): Server {
  // A client that has sent its input still reads the output.
  return createServer({ allowHalfOpen: true }, (client) => {
    client.on("error", () => client.destroy());
    client.setTimeout(REQUEST_WITHIN_MS, () => client.destroy());
    let received = Buffer.alloc(0);
    client.on("data", function collect(chunk: Buffer) {
      received = Buffer.concat([received, chunk]);
      let address = "";
      try {
        const call = arrived(received);
        if (call === undefined) return;
        address = `${call.method} ${call.url}`;
        const pass = permitted(call, rules);
        stopReading(client, collect);
        forward(client, connect({ path: docker, allowHalfOpen: true }), call, pass);
      } catch (error) {
        // What is not understood does not pass either: nesting without end, for one.
        const why = error instanceof Refused ? error.message : "the call is not understood";
        stopReading(client, collect);
        report(`refused: ${address}: ${why}`);
        answer(client, 403, why);
      }
    });
  });
}

function stopReading(client: Socket, collect: (chunk: Buffer) => void): void {
  client.off("data", collect);
  client.pause();
  client.setTimeout(0);
}

/** The request in what has been received, or nothing while it is incomplete. */
function arrived(received: Buffer): Arrived | undefined {
  const end = received.indexOf("\r\n\r\n");
  if (end > LARGEST_HEAD || (end < 0 && received.length > LARGEST_HEAD))
    throw new Refused("too many headers");
  if (end < 0) return undefined;
  const [first = "", ...headers] = received.subarray(0, end).toString("latin1").split("\r\n");
  const [, method = "", url = ""] = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(first) ?? [];
  const header = (name: string): string | undefined =>
    headers
      .find((line) => line.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim();
  if (header("transfer-encoding") !== undefined) throw new Refused("a body in pieces is not read");
  const length = Number(header("content-length") ?? 0);
  if (!(length <= LARGEST_BODY)) throw new Refused("the body is too large");
  const body = received.subarray(end + 4, end + 4 + length);
  if (body.length < length) return undefined;
  return { method, url, body: body.toString(), rest: received.subarray(end + 4 + length) };
}

function forward(client: Socket, docker: Socket, { method, url, rest }: Arrived, pass: Permitted): void {
  const { body = "", hijack = false } = pass;
  docker.on("error", (error) => {
    answer(client, 502, `Docker's socket: ${error.message}`);
  });
  client.on("close", () => docker.destroy());
  docker.on("close", () => client.destroySoon());
  const headers = [
    `${method} ${url} HTTP/1.1`,
    "Host: docker",
    ...(method === "POST"
      ? ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`]
      : []),
    // Nothing else of this client's may follow on the connection.
    ...(hijack ? ["Connection: Upgrade", "Upgrade: tcp"] : ["Connection: close"]),
  ];
  docker.write(`${headers.join("\r\n")}\r\n\r\n${body}`);
  if (!hijack) {
    docker.pipe(client);
    return;
  }
  docker.once("data", (first: Buffer) => {
    client.write(first);
    docker.pipe(client);
    // An engine that does not hand the connection over would read the input as further requests.
    if (!first.toString("latin1").startsWith("HTTP/1.1 101 ")) {
      docker.end();
      return;
    }
    docker.write(rest);
    client.pipe(docker);
  });
}

function answer(client: Socket, status: number, message: string): void {
  if (client.bytesWritten > 0) {
    client.destroySoon();
    return;
  }
  const body = JSON.stringify({ message: `plane-ops: ${message}` });
  const headers = [
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  client.end(`HTTP/1.1 ${status} Refused\r\n${headers.join("\r\n")}\r\n\r\n${body}`);
}
