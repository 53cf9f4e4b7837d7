import { REVIEW_BELOW } from "../../../plane/fields/declarations.ts";
import type { Agent } from "./config.ts";
import { toHtml, toInlineHtml } from "./markdown.ts";

/** At the start of a comment that a person has to see at once: the notifications look for it (OPENCLAW-05). */
export const CRITICAL = "🚨";

/** The kinds of comments that an agent writes, as OPENCLAW-05 words them. */
export const TEMPLATES = ["note", "progress", "error", "question"] as const;
export type Template = (typeof TEMPLATES)[number];

const OPENINGS: Record<Template, (percent: number | undefined) => string> = {
  note: () => "",
  progress: (percent) => (percent === undefined ? "⏳ " : `⏳ ${percent}% complete - `),
  error: () => "❌ Failed: ",
  question: () => "❓ Blocker: ",
};

/** An agent's comment as clean HTML. */
export function commentHtml(
  text: string,
  { template, percent, critical }: { template: Template; percent?: number | undefined; critical: boolean },
): string {
  const opening = `${critical ? `${CRITICAL} ` : ""}${OPENINGS[template](percent)}`;
  return toHtml(`${opening}${text}`);
}

/** @param logs page of the session's logs, for who reads the task in Plane (OPENCLAW-13). */
export function startedHtml({ displayName }: Agent, logs?: string): string {
  const link = logs === undefined ? "" : toHtml(`[Journaux de la session](<${logs}>)`);
  return `<p>🤖 ${displayName} a démarré cette tâche</p>${link}`;
}

export function doneHtml({ displayName }: Agent, confidence: number): string {
  const review =
    confidence < REVIEW_BELOW ? `<p>🔎 Relecture humaine demandée : confiance ${confidence}</p>` : "";
  return `<p>✅ Complété par ${displayName}</p>${review}`;
}

export function blockedHtml({ displayName }: Agent, reason: string): string {
  return `<p>⛔ ${displayName} est bloqué : ${toInlineHtml(reason)}</p>`;
}

export function cancelledHtml({ displayName }: Agent, reason: string): string {
  return `<p>🚫 Annulé par ${displayName} : ${toInlineHtml(reason)}</p>`;
}

export function failedDependencyHtml(keys: readonly string[]): string {
  return `<p>⛔ Bloqué : ${keys.length === 1 ? "la dépendance" : "les dépendances"} ${keys.join(", ")} ${
    keys.length === 1 ? "est bloquée ou annulée" : "sont bloquées ou annulées"
  }. Le Concierge est prévenu.</p>`;
}
