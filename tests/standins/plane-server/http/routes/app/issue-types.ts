import { json, path, plainJson, type Route } from "../../exchange.ts";

/** Work item types, which are paid: absent in Community Edition. STANDIN_PAID_EDITION makes it 200 or 402. */
export const issueTypes: Route = {
  path: path("/api/workspaces/<slug>/issue-types/"),
  answer: async (_request, { settings }) => {
    const { paidEdition } = settings.standin;
    if (paidEdition === 200) return json(200, []);
    if (paidEdition === 402) return json(402, { error: "Payment required" });
    return plainJson(404, { error: "Page not found." });
  },
};
