import { escapeHtml } from "../messages/escape.ts";
import { fit } from "../messages/fit.ts";
import { masked } from "./masked.ts";

/** What n8n hands to an error workflow. */
interface Failure {
  workflow?: { name?: string };
  execution?: { lastNodeExecuted?: string; url?: string; error?: { message?: string } };
  trigger?: { error?: { message?: string } };
}

/** A failed execution in words; where it can be looked at. */
export function run(items: object[]): { html: string }[] {
  return (items as Failure[]).map(({ workflow, execution, trigger }) => {
    const cause = execution?.error?.message ?? trigger?.error?.message ?? "cause inconnue";
    const where = [workflow?.name ?? "?", execution?.lastNodeExecuted].filter(Boolean).join(" › ");
    const link =
      execution?.url === undefined ? "" : `\n<a href="${escapeHtml(execution.url)}">Voir l'exécution</a>`;
    return {
      html: fit(
        `🧯 <b>Un flux de Plane a échoué</b> : ${escapeHtml(where)}\n${escapeHtml(masked(cause))}${link}`,
      ),
    };
  });
}
