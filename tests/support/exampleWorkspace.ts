import { AGENTS } from "../../agents.ts";
import type { Settings } from "../../workflows/workspace/settings.ts";
import { type Item, PlaneAnswers } from "./planeAnswers.ts";

export const SETTINGS: Settings = {
  planeUrl: "https://work.example.org",
  workspace: "javisi",
  agents: AGENTS.map(({ agentId, displayName }) => ({ agentId, displayName })),
  timeZone: "Europe/Paris",
};

/** A Wednesday morning, 8:00 in Paris. */
export const MORNING = Date.parse("2026-11-25T07:00:00Z");

const ITEMS: Item[] = [
  {
    project: "ONB",
    number: 1,
    name: "Planifier la page de statut de la plateforme",
    state: "Done",
    priority: "medium",
    completedAt: "2026-11-24T10:12:00Z",
    fields: { agent_id: "concierge", cost_estimate: 0.5, confidence_score: 0.8, time_spent_minutes: 12 },
  },
  {
    project: "ONB",
    number: 2,
    name: "Construire la page de statut",
    state: "In Progress",
    priority: "high",
    due: "2026-11-25",
    fields: { agent_id: "imhotep", cost_estimate: 4, confidence_score: 0.8 },
  },
  {
    project: "ONB",
    number: 3,
    name: "Documenter la page de statut",
    state: "Backlog",
    priority: "low",
    fields: { agent_id: "thot", cost_estimate: 1.5 },
    waitsFor: ["ONB-2"],
  },
  {
    project: "SITE",
    number: 1,
    name: "Maquettes <v2> & logo",
    state: "Done",
    completedAt: "2026-11-24T22:59:00Z",
    fields: { agent_id: "basquiat", cost_estimate: 20 },
  },
  {
    project: "SITE",
    number: 2,
    name: "Intégrer les maquettes",
    state: "Blocked",
    priority: "urgent",
    due: "2026-11-23",
    fields: { agent_id: "shuri", cost_estimate: 35.5 },
    waitsFor: ["SITE-3", "SITE-1", "ONB-2"],
  },
  {
    project: "SITE",
    number: 3,
    name: "Choisir l'hébergeur",
    state: "Todo",
    priority: "high",
    due: "2026-11-24",
    assignees: ["Mobutoo"],
  },
  {
    project: "SITE",
    number: 4,
    name: "Rédiger les mentions légales",
    state: "Todo",
    priority: "none",
    due: "2026-12-04",
    fields: { agent_id: "thot", cost_estimate: 3 },
  },
  {
    project: "SITE",
    number: 5,
    name: "Page en flash",
    state: "Cancelled",
    fields: { agent_id: "shuri", cost_estimate: 99 },
  },
  { project: "SITE", number: 6, name: "Relire la charte", state: "En relecture" },
  {
    project: "VEIL",
    number: 1,
    name: "Veille de la semaine",
    state: "Done",
    completedAt: "2026-11-24T23:00:00Z",
    fields: { agent_id: "r2d2", cost_estimate: 2 },
  },
];

/** Three projects as a small platform has them, one archived and one that n8n's account is not in. */
export function exampleWorkspace(): PlaneAnswers {
  const plane = new PlaneAnswers();
  plane.projects.push(
    { identifier: "ONB", name: "Onboarding" },
    { identifier: "SITE", name: "Refonte du site" },
    { identifier: "VEIL", name: "Veille" },
    { identifier: "OLD", name: "Ancien projet", archived_at: "2026-10-01T00:00:00Z" },
    { identifier: "PRIV", name: "Projet privé", is_member: false },
  );
  plane.items.push(...ITEMS);
  return plane;
}
