import { connect } from "node:net";

/** Where the engine listens: what it gives a dynamic provider as first argument. */
const ENGINE = /^127\.0\.0\.1:(\d+)$/.exec(process.argv[2] ?? "");

/**
 * Ends this process with its engine. A killed engine leaves its providers at work, and one that waits for another try
 * would write to Plane while the next run is at it. The engine hangs up on a silent connection from time to time, so
 * only a refused one says that it is gone.
 */
function endWithEngine(port: number): void {
  const socket = connect(port, "127.0.0.1");
  socket.unref();
  // Who does not read does not notice the end.
  socket.resume();
  socket.on("error", ({ code }: NodeJS.ErrnoException) => {
    if (code === "ECONNREFUSED") process.exit(1);
  });
  socket.on("close", () => endWithEngine(port));
}

if (ENGINE !== null) endWithEngine(Number(ENGINE[1]));
