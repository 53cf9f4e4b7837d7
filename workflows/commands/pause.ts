import type { Answer, Entry } from "../workspace/answers.ts";
import type { Agent, Settings } from "../workspace/settings.ts";
import { named } from "../workspace/words.ts";
import { match } from "./near.ts";
import type { Command } from "./parse.ts";
import { unknownText } from "./unknown.ts";

export type PauseCommand = Extract<Command, { name: "pause" | "resume" }>;

/** Body of the bridge's `POST /plane-bridge/pause`. */
export interface PauseRequest {
  /** Short name of an agent, or `all`. */
  agent: string;
  paused: boolean;
  /** When the request is made: the bridge refuses an old one, which somebody may have kept. */
  at: string;
}

/** Telegram keeps messages while n8n is away: what was meant for then is not done now. */
const STALE_MS = 5 * 60_000;

/** What to ask of the bridge, or why nothing is asked. */
export function pauseOf(
  { name, wanted }: PauseCommand,
  sentAt: number,
  { agents }: Settings,
  now: number,
): { pause: PauseRequest } | { text: string } {
  if (now - sentAt > STALE_MS) {
    return { text: "⌛ Cette commande arrive trop tard : rien n'a changé. Renvoyez-la si elle vaut encore." };
  }
  const request = { paused: name === "pause", at: new Date(now).toISOString() };
  if (wanted === undefined) return { pause: { agent: "all", ...request } };
  const result = match(agents, agentNames, wanted);
  if ("found" in result) return { pause: { agent: result.found.agentId, ...request } };
  const names = (some: readonly Agent[]) => some.map(({ agentId }) => agentId);
  const word = name === "pause" ? "pause" : "reprise";
  return { text: unknownText("Agent", word, wanted, { near: names(result.near), all: names(agents) }) };
}

/** The names that an agent goes by. */
export function agentNames({ agentId, displayName }: Agent): string[] {
  return [agentId, displayName];
}

/** What became of the request: who is paused now. */
export function pauseText({ agent }: PauseRequest, { status, body }: Answer, { agents }: Settings): string {
  const { paused } = (body ?? {}) as Entry;
  if (status !== 200 || !Array.isArray(paused)) return failure(status);
  const nameOf = (id: unknown) =>
    named(agents.find(({ agentId }) => agentId === id)?.displayName ?? String(id));
  if (paused.includes("all")) {
    const rest = agent === "all" ? "" : " Pour les réveiller : <code>/plane reprise</code>";
    return `⏸ Tous les agents sont en pause : personne n'est réveillé, ce qui est en cours va à son terme.${rest}`;
  }
  return paused.length === 0
    ? "▶️ Aucun agent n'est en pause."
    : `⏸ En pause : ${paused.map(nameOf).join(", ")}. Ce qui est en cours va à son terme.`;
}

function failure(status: number): string {
  if (status === 0 || status >= 500) {
    return "⚠️ OpenClaw ne répond pas : rien n'a changé. Vérifiez son conteneur, puis renvoyez la commande.";
  }
  if (status === 401 || status === 403) {
    return "🔑 OpenClaw refuse la signature : rien n'a changé. « pulumi up --refresh » remet le secret en place.";
  }
  if (status === 404) {
    return "⚠️ OpenClaw ne connaît pas cette commande : plane-bridge est-il activé (agents:bridge) ?";
  }
  return "⚠️ OpenClaw a refusé la demande : rien n'a changé. Voir le journal du conteneur.";
}
