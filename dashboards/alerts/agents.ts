import type { Watched } from "../watched.ts";
import type { Alert } from "./alert.ts";

/** The agents of OpenClaw: what they start, and what they spend (OPENCLAW-UPG-11, OPENCLAW-11). */
export function agentAlerts({ metrics }: Watched): Alert[] {
  return [
    {
      id: "plane-spawn-failures",
      severity: "warning",
      query: metrics.spawnFailures,
      // Three or more: increase() guesses a little beyond what it has seen.
      fires: { above: 2.5 },
      for: "0s",
      noData: "well",
      summary: "{value} sous-agents ont échoué en une heure",
      action:
        "docker logs du conteneur openclaw, lignes spawn, EPERM ou EACCES ; openclaw:logLevel debug en dit plus.",
    },
    {
      id: "plane-budget-spent",
      severity: "warning",
      query: metrics.budgetPercent,
      fires: { above: 90 },
      for: "10m",
      // No budget is kept, or no gateway runs, and that plane-collector-target says.
      noData: "well",
      summary: "Les agents ont dépensé {value} % du budget du mois",
      action:
        "À 100 %, plus personne n'est réveillé pour du nouveau : relever agents:budget, ou attendre le mois suivant.",
    },
  ];
}
