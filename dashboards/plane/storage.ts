import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function connections(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Connexions à PostgreSQL",
    description:
      "Par base, contre le maximum du serveur, partagé avec le reste de la plateforme (MONITOR-03).",
    unit: "none",
    asks: [metric(q.connectionsByDatabase, "{{datname}}"), metric(q.maxConnections, "maximum")],
  });
}

export function connectionsPercent(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Connexions utilisées",
    description: "Part du maximum ; une alerte part au-dessus de 80 % (MONITOR-04).",
    unit: "percent",
    asks: [metric(q.connectionsPercent, "utilisées")],
    limits: { warning: 70, critical: 80 },
  });
}

export function databaseSize(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Taille de la base",
    description: "La base plane_production sur le disque.",
    unit: "bytes",
    asks: [metric(q.databaseBytes, "plane_production")],
  });
}

export function locks(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Verrous",
    description: "Par mode ; beaucoup de verrous exclusifs longtemps : une requête bloque les autres.",
    unit: "none",
    asks: [metric(q.locks, "{{mode}}")],
  });
}

export function redisMemory(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Mémoire de Redis",
    description: "Contre le maximum du serveur partagé ; une alerte part au-dessus de 80 % (MONITOR-04).",
    unit: "bytes",
    asks: [metric(q.redisUsed, "utilisée"), metric(q.redisMax, "maximum")],
  });
}

export function redisKeys(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Clés de Redis",
    description: "Par base logique ; Plane se sert de la 8 (cache) et de la 9 (file).",
    unit: "none",
    asks: [metric(q.redisKeys, "{{db}}")],
  });
}

export function evictions(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Évictions de Redis",
    description: "Clés jetées faute de place, en 15 minutes : la file du worker peut en être.",
    unit: "none",
    asks: [metric(q.evictions, "évictions")],
    limits: { warning: 1, critical: 100 },
  });
}
