import { plainJson, type Route } from "../exchange.ts";

/** The api's health: it answers as soon as it serves. */
export const health: Route = {
  path: /^\/$/,
  allow: "GET, HEAD, OPTIONS",
  handlers: {
    GET: async () => {
      const answer = plainJson(200, { status: "OK" });
      return { ...answer, headers: { ...answer.headers, vary: "origin" } };
    },
    HEAD: async () => plainJson(200, { status: "OK" }),
  },
};
