import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";

/**
 * Carries HTTP to a remote engine: each connection is an `ssh ... docker system dial-stdio`, as Docker's own
 * client and the official plugin do it.
 */
export class SshAgent extends Agent {
  private readonly command: string[];

  constructor(url: URL, sshOpts: string[]) {
    // Few at a time: sshd drops bursts of new connections.
    super({ keepAlive: true, maxSockets: 4 });
    const port = url.port ? ["-p", url.port] : [];
    const user = url.username ? [`${decodeURIComponent(url.username)}@${url.hostname}`] : [url.hostname];
    this.command = [...sshOpts, ...port, "-o", "BatchMode=yes", ...user, "docker", "system", "dial-stdio"];
  }

  override createConnection(): Duplex {
    const child = spawn("ssh", this.command, { stdio: ["pipe", "pipe", "pipe"] });
    const socket = new ChildSocket(child.stdin, child.stdout, () => child.kill());
    let complaint = "";
    child.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    child.on("error", (error) => socket.destroy(error));
    child.on("close", (code) => {
      const reason = code === 0 ? undefined : new Error(`ssh ended with ${code}: ${complaint.trim()}`);
      socket.destroy(reason);
    });
    return socket;
  }
}

/** A child's stdin and stdout as the socket that node's HTTP client wants. */
class ChildSocket extends Duplex {
  private readonly sink: NodeJS.WritableStream;
  private readonly source: NodeJS.ReadableStream;
  private readonly end_: () => void;

  constructor(sink: NodeJS.WritableStream, source: NodeJS.ReadableStream, end: () => void) {
    super();
    this.sink = sink;
    this.source = source;
    this.end_ = end;
    source.on("data", (chunk) => {
      if (!this.push(chunk)) source.pause();
    });
    source.on("end", () => this.push(null));
    sink.on("error", () => this.destroy());
  }

  override _read(): void {
    this.source.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.sink.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.sink.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.end_();
    done(error);
  }

  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
