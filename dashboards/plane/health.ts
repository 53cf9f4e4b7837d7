import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { LogQueries } from "../logQueries.ts";
import type { MetricQueries } from "../metricQueries.ts";
import { metric, value } from "../panel.ts";

const UP = { "0": "arrêté", "1": "en marche" };
const UP_LIMITS = { warning: 1, critical: 0.5 };

export function api(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return value(
    {
      title: "API",
      description: "GET / de l'api de Plane, depuis le réseau interne (MONITOR-01).",
      unit: "none",
      asks: [metric(q.isUp("api"), "api")],
      limits: UP_LIMITS,
      logs: logs.api,
    },
    UP,
  );
}

export function apiAuthenticated(q: MetricQueries, logs: LogQueries): Builder<Panel> {
  return value(
    {
      title: "API avec jeton",
      description: "Un appel avec un jeton d'API : il passe par la base de données et par Redis.",
      unit: "none",
      asks: [metric(q.isUp("api_authenticated"), "api")],
      limits: UP_LIMITS,
      logs: logs.api,
    },
    UP,
  );
}

export function web(q: MetricQueries): Builder<Panel> {
  return value(
    {
      title: "Site",
      description: "La page de Plane, comme un navigateur la demande.",
      unit: "none",
      asks: [metric(q.isUp("web"), "site")],
      limits: UP_LIMITS,
    },
    UP,
  );
}

export function webhookPath(q: MetricQueries): Builder<Panel> {
  return value(
    {
      title: "Chemin des webhooks",
      description: "Le chemin par lequel Plane prévient n8n répond.",
      unit: "none",
      asks: [metric(q.isUp("webhook"), "webhook")],
      limits: UP_LIMITS,
    },
    UP,
  );
}

export function webhooksOff(q: MetricQueries): Builder<Panel> {
  return value({
    title: "Webhooks désactivés",
    description:
      "Plane désactive un webhook après plusieurs connexions manquées, et ne le réactive jamais seul.",
    unit: "none",
    asks: [metric(q.webhooksOff, "désactivés")],
    limits: { warning: 1, critical: 1 },
  });
}

export function certificate(q: MetricQueries): Builder<Panel> {
  return value({
    title: "Certificat",
    description: "Jours avant l'expiration du certificat du site.",
    unit: "d",
    asks: [metric(q.certificateDays, "jours")],
    limits: { warning: 14, critical: 3 },
  });
}

export function backup(q: MetricQueries): Builder<Panel> {
  return value({
    title: "Dernière sauvegarde",
    description: "Âge de la dernière sauvegarde réussie ; il y en a une chaque nuit (INFRA-05).",
    unit: "s",
    asks: [metric(q.backupAge, "âge")],
    limits: { warning: 25 * 3600, critical: 26 * 3600 },
  });
}

export function collector(q: MetricQueries): Builder<Panel> {
  return value(
    {
      title: "Collecte",
      description: "Le collecteur lit toutes ses cibles ; sinon une partie de cette page est aveugle.",
      unit: "none",
      asks: [metric(q.collecting, "cibles")],
      limits: UP_LIMITS,
    },
    { "0": "en panne", "1": "en marche" },
  );
}
