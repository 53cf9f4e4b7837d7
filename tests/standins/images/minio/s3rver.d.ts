declare module "s3rver" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  /** The part of s3rver 3.7.1 that the stand-in uses. */
  export default class S3rver {
    constructor(options: {
      directory: string;
      silent: boolean;
      vhostBuckets: boolean;
      resetOnClose: boolean;
    });
    callback(): (request: IncomingMessage, response: ServerResponse) => void;
  }
}
