import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import type { Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { MetricQueries } from "../metricQueries.ts";
import { curves, metric } from "../panel.ts";

export function cpu(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "CPU par conteneur",
    description: "En cœurs : 0,5 est la moitié d'un cœur, la limite de l'api (INFRA-06).",
    unit: "none",
    asks: [metric(q.containerCpu, "{{name}}")],
  });
}

export function memory(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Mémoire par conteneur",
    description: "Ce que le noyau ne peut pas reprendre sans arrêter quelque chose.",
    unit: "bytes",
    asks: [metric(q.containerMemory, "{{name}}")],
  });
}

export function memoryPercent(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Mémoire contre la limite",
    description: "À 100 %, le noyau tue le conteneur.",
    unit: "percent",
    asks: [metric(q.containerMemoryPercent, "{{name}}")],
    limits: { warning: 80, critical: 95 },
  });
}

export function outOfMemory(q: MetricQueries): Builder<Panel> {
  return curves({
    title: "Arrêts faute de mémoire",
    description: "Conteneurs tués par le noyau, en 15 minutes.",
    unit: "none",
    asks: [metric(q.outOfMemory, "{{name}}")],
    limits: { warning: 1, critical: 1 },
  });
}
