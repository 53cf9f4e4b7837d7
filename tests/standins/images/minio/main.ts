import { mc } from "./mc.ts";
import { minio } from "./server.ts";

/** One bundle, two commands: `minio` (the server) and `mc` (the client). */
const [program, ...args] = process.argv.slice(2);
(program === "mc" ? mc(args) : minio(args)).catch((error: Error) => {
  process.stderr.write(`${program}: <ERROR> ${error.message}\n`);
  process.exitCode = 1;
});
