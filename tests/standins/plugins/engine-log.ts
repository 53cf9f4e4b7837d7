let engineAddress: string | undefined;

/** Remembers where the engine takes log lines. */
export function connectEngineLog(address: string | undefined): void {
  engineAddress = address;
}

/**
 * Shows a line of a resource's progress, as the official plugins do: in the live display, not kept. The
 * client is loaded at the first line, because most runs print none.
 */
export async function logStatus(urn: string, message: string): Promise<void> {
  if (!engineAddress) return;
  const grpc = await import("@grpc/grpc-js");
  const { default: enginerpc } = await import("@pulumi/pulumi/proto/engine_grpc_pb.js");
  const { default: engineproto } = await import("@pulumi/pulumi/proto/engine_pb.js");
  const client = new enginerpc.EngineClient(engineAddress, grpc.credentials.createInsecure());
  const line = new engineproto.LogRequest();
  line.setSeverity(engineproto.LogSeverity.INFO);
  line.setMessage(message);
  line.setUrn(urn);
  line.setEphemeral(true);
  await new Promise<void>((resolve) => client.log(line, () => resolve()));
  client.close();
}
