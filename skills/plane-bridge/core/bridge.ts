import { Operation, startOperation } from "../../../plane/operation.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { BridgeConfig } from "./config.ts";
import type { Metrics } from "./metrics.ts";
import { sharedPace } from "./pace.ts";

/** Wakes an agent with a message of ours; never with text from Plane. */
export type Wake = (agentId: string, message: string) => Promise<void>;

/** What all agents of one process share. */
export interface Bridge {
  config: BridgeConfig;
  clock: Clock;
  metrics: Metrics;
  /** Says something to whoever runs the gateway; never a token, never a title. */
  log(line: string): void;
  wake: Wake;
}

/** Makes this process keep every agent's pace, whoever of its parts calls Plane. */
export function keepPace(config: BridgeConfig, clock: Clock = systemClock): void {
  const pace = sharedPace(`${config.state}/pace`, config.requestsPerSecond, clock);
  startOperation(new Operation(pace));
}
