import type { Properties } from "../values.ts";

/** What the official plugin assumes where the program says nothing. */
export const CONTAINER_DEFAULTS: Properties = {
  attach: false,
  containerReadRefreshTimeoutMilliseconds: 15000,
  logs: false,
  mustRun: true,
  networkMode: "bridge",
  readOnly: false,
  removeVolumes: true,
  restart: "no",
  rm: false,
  start: true,
  wait: false,
  waitTimeout: 60,
};

/** In the schema, but not acted on here: asking for it is refused rather than ignored. */
export const CONTAINER_NOT_DONE = [
  "deviceReadBps",
  "deviceReadIops",
  "deviceRequests",
  "deviceWriteBps",
  "deviceWriteIops",
  "gpus",
];
