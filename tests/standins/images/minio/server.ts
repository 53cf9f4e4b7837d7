import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import S3rver from "s3rver";
import { authenticate } from "./authentication.ts";
import { S3Error } from "./errors.ts";
import { checkPolicy, readForm } from "./post-policy.ts";
import type { Credentials } from "./sigv4.ts";

/** More than any upload the platform lets through its proxy. */
const MAX_FORM_BYTES = 100 * 1024 * 1024;

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Options {
  directory: string;
  port: number;
  consolePort: number | undefined;
}

/** `minio server <dir> [--address :9000] [--console-address :9001]`, `minio --version`. */
export async function minio(args: string[]): Promise<void> {
  if (args[0] === "--version" || args[0] === "-v") {
    process.stdout.write("minio version RELEASE.2025-09-07T16-13-09Z (stand-in: s3rver)\n");
    return;
  }
  const options = parse(args);
  const root = rootUser();
  mkdirSync(options.directory, { recursive: true });
  const store = new S3rver({
    directory: options.directory,
    silent: true,
    vhostBuckets: false,
    resetOnClose: false,
  });
  const server = createServer(front(store.callback(), root));
  server.listen(options.port, () => {
    process.stdout.write(
      `MinIO Object Storage Server (stand-in: s3rver)\nAPI: http://0.0.0.0:${options.port}\n`,
    );
  });
  const servers = [server];
  if (options.consolePort !== undefined) servers.push(consolePage().listen(options.consolePort));
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      for (const each of servers) each.close();
      for (const each of servers) each.closeAllConnections();
    });
  }
}

function parse(args: string[]): Options {
  const options: Options = { directory: "", port: 9000, consolePort: undefined };
  const rest = args[0] === "server" ? args.slice(1) : undefined;
  if (rest === undefined) throw new Error("the stand-in knows `server <dir>` only");
  for (let i = 0; i < rest.length; i++) {
    const [flag = "", inline] = rest[i]?.split("=") ?? [];
    if (flag === "--address" || flag === "--console-address") {
      const port = Number((inline ?? rest[++i] ?? "").split(":").at(-1));
      if (flag === "--address") options.port = port;
      else options.consolePort = port;
    } else if (flag.startsWith("-")) {
      throw new Error(`flag provided but not known to the stand-in: ${flag}`);
    } else {
      options.directory = flag;
    }
  }
  if (options.directory === "") throw new Error("server needs a directory");
  return options;
}

function rootUser(): Credentials {
  const accessKeyId = process.env["MINIO_ROOT_USER"] ?? "minioadmin";
  const secretAccessKey = process.env["MINIO_ROOT_PASSWORD"] ?? "minioadmin";
  if (accessKeyId.length < 3) throw new Error("MINIO_ROOT_USER must be at least 3 characters long");
  if (secretAccessKey.length < 8) throw new Error("MINIO_ROOT_PASSWORD must be at least 8 characters long");
  return { accessKeyId, secretAccessKey };
}

/** Health, then the signature, then the store. */
function front(store: Handler, root: Credentials): Handler {
  return (request, response) => {
    const path = new URL(request.url ?? "/", "http://store").pathname;
    if (/^\/minio\/health\/(live|ready|cluster)$/.test(path)) {
      response.writeHead(200).end();
      return;
    }
    admit(request, root).then(
      (admitted) => {
        if (admitted === "policy") response.writeHead(204).end();
        else store(admitted, response);
      },
      (error: unknown) => {
        const answer =
          error instanceof S3Error ? error : new S3Error(500, "InternalError", (error as Error).message);
        request.resume();
        response.writeHead(answer.status, { "content-type": "application/xml" });
        response.end(request.method === "HEAD" ? undefined : answer.xml(path));
      },
    );
  };
}

/**
 * The request as the store may see it. The store knows one key of its own, so an admitted request is passed
 * on under that; `policy` when it was about a bucket policy, which stays what it always is: private.
 */
async function admit(request: IncomingMessage, root: Credentials): Promise<IncomingMessage | "policy"> {
  const url = new URL(request.url ?? "/", "http://store");
  const form = request.headers["content-type"] ?? "";
  if (request.method === "POST" && form.startsWith("multipart/form-data")) {
    const body = await readAll(request);
    checkPolicy(readForm(body, form), decodeURIComponent(url.pathname.split("/")[1] ?? ""), root);
    return replay(request, body);
  }
  authenticate(request, root);
  if (url.searchParams.has("policy")) {
    if (request.method === "DELETE") return "policy";
    throw new S3Error(501, "NotImplemented", "The stand-in's buckets are private; policies cannot be set.");
  }
  for (const name of [...url.searchParams.keys()]) if (/^x-amz-/i.test(name)) url.searchParams.delete(name);
  request.url = `${url.pathname}${url.search}`;
  request.headers["x-amz-date"] = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  request.headers["x-amz-content-sha256"] ??= "UNSIGNED-PAYLOAD";
  request.headers.authorization =
    "AWS4-HMAC-SHA256 Credential=S3RVER/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
  return request;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_FORM_BYTES) {
      throw new S3Error(
        400,
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed object size.",
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The same request with its body, already read, to be read again. */
function replay(request: IncomingMessage, body: Buffer): IncomingMessage {
  const { method, url, headers, rawHeaders, httpVersion, httpVersionMajor, httpVersionMinor, socket } =
    request;
  return Object.assign(Readable.from([body]), {
    method,
    url,
    headers,
    rawHeaders,
    httpVersion,
    httpVersionMajor,
    httpVersionMinor,
    socket,
  }) as unknown as IncomingMessage;
}

function consolePage(): ReturnType<typeof createServer> {
  return createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>MinIO Console</title><p>Stand-in: there is no console here.\n");
  });
}
