import { json, path, plainJson, type Route } from "../exchange.ts";

/** The api's health: it answers as soon as it serves. */
export const health: Route = {
  path: path("/"),
  answer: async ({ method }) => {
    const answer = plainJson(200, { status: "OK" });
    if (method === "GET") return { ...answer, headers: { ...answer.headers, vary: "origin" } };
    if (method === "HEAD") return answer;
    return json(405, { detail: `Method "${method}" not allowed.` }, { allow: "GET, HEAD, OPTIONS" });
  },
};
