import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

/** gRPC's status codes that are used here. */
export const OK = 0;
export const UNKNOWN_ERROR = 2;
export const UNIMPLEMENTED = 12;

/** An answer that is an error: its message for the user, and details for the engine. */
export class CallFailed extends Error {
  readonly code: number;
  readonly details?: Buffer;

  constructor(message: string, code = UNKNOWN_ERROR, details?: Buffer) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Answers one call: `/package.Service/Method` and the request message to the response message. */
export type Answer = (path: string, request: Buffer) => Promise<Buffer>;

const FRAME_HEADER = 5;

/**
 * A gRPC server for calls with one request and one response, on a free port of loopback, over Node's own
 * HTTP/2: the gRPC library alone takes longer to load than a plugin has to work in a preview.
 */
export async function listen(answer: Answer): Promise<number> {
  const server = createServer({ settings: { initialWindowSize: 2 ** 24 } });
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => {}); // the engine went away
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const body = Buffer.concat(chunks);
      answer(String(headers[":path"]), body.subarray(FRAME_HEADER)).then(
        (response) => send(stream, OK, "", response),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          const failed = error instanceof CallFailed ? error : new CallFailed(message);
          send(stream, failed.code, failed.message, undefined, failed.details);
        },
      );
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

function send(
  stream: ServerHttp2Stream,
  code: number,
  message: string,
  response?: Buffer,
  details?: Buffer,
): void {
  if (stream.destroyed) return;
  stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => {
    stream.sendTrailers({
      "grpc-status": String(code),
      ...(message ? { "grpc-message": encodeURIComponent(message) } : {}),
      ...(details ? { "grpc-status-details-bin": details.toString("base64") } : {}),
    });
  });
  stream.end(response ? frame(response) : undefined);
}

/** A message as gRPC sends it: not compressed, its length in front. */
export function frame(message: Buffer): Buffer {
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}
