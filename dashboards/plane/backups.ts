import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function age(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Âge des sauvegardes",
    description: "De la dernière réussie, et de la dernière relue en entier.",
    unit: "s",
    asks: [metric(q.backupAge, "réussie"), metric(q.backupVerifiedAge, "vérifiée")],
    limits: { warning: 25 * 3600, critical: 26 * 3600 },
  });
}

export function size(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Taille des sauvegardes",
    description: "De la dernière archive ; une chute soudaine est un signe que quelque chose y manque.",
    unit: "bytes",
    asks: [metric(q.backupBytes, "archive")],
  });
}

export function duration(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Durée des sauvegardes",
    description: "De la dernière ; elle doit finir avant le passage de Zerobyte à 3 h.",
    unit: "s",
    asks: [metric(q.backupSeconds, "durée")],
    limits: { warning: 600, critical: 1200 },
  });
}
