import http from "node:http";

/** The engine's address: a Unix socket, or host and port of a plain TCP one. */
export type Endpoint = { socketPath: string } | { host: string; port: number };

/** Address that Docker uses when nothing else is said. */
export const defaultSocket = "/var/run/docker.sock";

/** Reads a DOCKER_HOST value; undefined for schemes that set-up cannot speak (ssh, npipe). */
export function endpointOf(dockerHost: string): Endpoint | undefined {
  const socket = /^unix:\/\/(\/.+)$/.exec(dockerHost);
  if (socket?.[1]) return { socketPath: socket[1] };
  const tcp = /^(?:tcp|http):\/\/([^:/]+):(\d+)\/?$/.exec(dockerHost);
  if (tcp?.[1]) return { host: tcp[1], port: Number(tcp[2]) };
  return undefined;
}

/** The answer of the engine's API. */
export interface EngineAnswer {
  status: number;
  body: any;
}

/**
 * One request to the engine's API. Throws an error whose `code` is that of the socket (ENOENT, ECONNREFUSED,
 * EACCES), or ETIMEDOUT when no answer comes within `timeout` milliseconds.
 */
export function askEngine(
  endpoint: Endpoint,
  path: string,
  options: { method?: string; timeout?: number } = {},
): Promise<EngineAnswer> {
  const timeout = options.timeout ?? 10_000;
  return new Promise((resolve, reject) => {
    const request = http.request({ ...endpoint, path, method: options.method ?? "GET" }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => {
        clearTimeout(timer);
        let body: unknown;
        try {
          body = JSON.parse(text);
        } catch {
          body = text;
        }
        resolve({ status: answer.statusCode ?? 0, body });
      });
    });
    const timer = setTimeout(() => {
      request.destroy(
        Object.assign(new Error(`no answer within ${timeout / 1000} s`), { code: "ETIMEDOUT" }),
      );
    }, timeout);
    request.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end();
  });
}
