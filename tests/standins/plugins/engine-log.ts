import { connect } from "node:http2";
import { frame } from "./grpc.ts";
import { logRequest } from "./messages.ts";
import { encode } from "./protobuf.ts";

const INFO = 1;

let engineAddress: string | undefined;

/** Remembers where the engine takes log lines. */
export function connectEngineLog(address: string | undefined): void {
  engineAddress = address;
}

/** Shows a line of a resource's progress, as the official plugins do: in the live display, not kept. */
export async function logStatus(urn: string, message: string): Promise<void> {
  if (!engineAddress) return;
  const session = connect(`http://${engineAddress}`);
  await new Promise<void>((resolve) => {
    session.on("error", () => resolve()); // a line lost is no reason to fail
    const call = session.request({
      ":method": "POST",
      ":path": "/pulumirpc.Engine/Log",
      "content-type": "application/grpc+proto",
      te: "trailers",
    });
    call.on("error", () => resolve());
    call.on("close", () => resolve());
    call.resume();
    call.end(frame(encode(logRequest, { severity: INFO, message, urn, ephemeral: true })));
  });
  session.close();
}
