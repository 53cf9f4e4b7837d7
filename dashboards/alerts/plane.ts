import type { Watched } from "../watched.ts";
import type { Alert } from "./alert.ts";

/** Plane itself: its api, its worker, its webhooks (MONITOR-01, MONITOR-04). */
export function planeAlerts({ metrics, has }: Watched): Alert[] {
  return [
    {
      id: "plane-api-down",
      severity: "critical",
      query: metrics.isUp("api"),
      fires: { below: 1 },
      for: "2m",
      // plane-collector-silent says so.
      noData: "well",
      summary: "L'API de Plane ne répond plus depuis 2 minutes",
      action:
        "docker ps -a --filter name=plane_api, puis docker logs --tail 100 du conteneur ; docker start s'il est arrêté.",
    },
    {
      id: "plane-api-refuses",
      severity: "warning",
      query: metrics.isRefusing,
      fires: { above: 0 },
      for: "5m",
      noData: "well",
      summary: "L'API de Plane répond, mais refuse un appel avec jeton",
      action:
        "Chercher dans les journaux de l'API une erreur de base ou de Redis ; sinon le jeton : pulumi up --refresh.",
    },
    {
      id: "plane-web-down",
      severity: "critical",
      query: metrics.isUp("web"),
      fires: { below: 1 },
      for: "5m",
      noData: "well",
      summary: "La page de Plane ne s'affiche plus depuis 5 minutes",
      action: "docker ps -a --filter name=plane_web, puis Caddy : docker logs --tail 50 du conteneur caddy.",
    },
    {
      id: "plane-queue-backlog",
      severity: "critical",
      query: metrics.queue,
      fires: { above: 100 },
      for: "2m",
      noData: "well",
      summary: "{value} travaux attendent le worker de Plane",
      action:
        "docker logs --tail 100 du worker ; s'il ne traite plus rien, le redémarrer. Ne pas vider la file.",
    },
    {
      id: "plane-worker-stale",
      severity: "critical",
      query: metrics.queueNeverEmpty,
      fires: { above: 0 },
      for: "5m",
      noData: "well",
      summary: "La file du worker de Plane n'a pas été vide depuis 15 minutes",
      action:
        "docker ps -a --filter name=plane_worker ; arrêté ou muet : docker restart. Sinon voir ce qui le remplit.",
    },
    {
      id: "plane-beat-stale",
      severity: "warning",
      query: metrics.beatAge,
      fires: { above: 900 },
      for: "5m",
      noData: "well",
      summary: "Le planificateur de Plane n'a rien lancé depuis {value} secondes",
      action:
        "Le planificateur vit dans le worker : docker restart du worker, puis vérifier ses journaux (beat: Starting).",
    },
    {
      id: "plane-webhook-off",
      severity: "critical",
      query: metrics.webhooksOff,
      fires: { above: 0 },
      for: "1m",
      noData: "well",
      summary: "Plane a désactivé {value} webhook : plus rien n'arrive dans n8n",
      action: "Remettre n8n et Caddy en marche, puis pulumi up --refresh, qui réactive le webhook.",
    },
    ...(has.notifications ? [webhookUnreachable(metrics.isUp("webhook"))] : []),
    ...(has.certificate ? [certificate(metrics.certificateDays)] : []),
  ];
}

function webhookUnreachable(query: string): Alert {
  return {
    id: "plane-webhook-unreachable",
    severity: "warning",
    query,
    fires: { below: 1 },
    for: "5m",
    noData: "well",
    summary: "Le chemin des webhooks de Plane vers n8n ne répond plus depuis 5 minutes",
    action: "docker start n8n et caddy ; Plane désactive son webhook après quelques connexions manquées.",
  };
}

function certificate(query: string): Alert {
  return {
    id: "plane-certificate",
    severity: "warning",
    query,
    fires: { below: 14 },
    for: "1h",
    noData: "well",
    summary: "Le certificat du site de Plane expire dans {value} jours",
    action:
      "Caddy le renouvelle 30 jours avant : chercher « renew » dans ses journaux, souvent le jeton du DNS.",
  };
}
