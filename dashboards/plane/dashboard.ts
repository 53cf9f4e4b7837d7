import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { lines, log } from "../panel.ts";
import type { Watched } from "../watched.ts";
import * as backups from "./backups.ts";
import * as containers from "./containers.ts";
import * as health from "./health.ts";
import * as host from "./host.ts";
import * as requests from "./requests.ts";
import * as storage from "./storage.ts";
import * as worker from "./worker.ts";

/** The dashboard *Plane* (MONITOR-03): whether it works, what it does, and what it needs for that. */
export function planeDashboard({ metrics, logs, has }: Watched): Dashboard {
  const dashboard = new DashboardBuilder("Plane")
    .uid("plane-ops-plane")
    .description("Plane : santé, requêtes, files, bases, conteneurs, sauvegardes. Tout vient de plane-ops.")
    .tags(["plane", "plane-ops"])
    .time({ from: "now-6h", to: "now" })
    .refresh("1m")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .withRow(new RowBuilder("Santé"))
    .withPanel(health.api(metrics, logs))
    .withPanel(health.apiAuthenticated(metrics, logs))
    .withPanel(health.web(metrics))
    .withPanel(health.webhooksOff(metrics))
    .withPanel(health.collector(metrics));
  if (has.notifications) dashboard.withPanel(health.webhookPath(metrics));
  if (has.certificate) dashboard.withPanel(health.certificate(metrics));
  if (has.backup) dashboard.withPanel(health.backup(metrics));
  dashboard
    .withRow(new RowBuilder("Requêtes"))
    .withPanel(requests.requestsPerSecond(logs))
    .withPanel(requests.latency(logs))
    .withPanel(requests.failedRequests(logs))
    .withRow(new RowBuilder("Worker et sondes"))
    .withPanel(worker.queue(metrics, logs))
    .withPanel(worker.beat(metrics, logs))
    .withPanel(requests.probes(metrics))
    .withRow(new RowBuilder("Conteneurs"))
    .withPanel(containers.cpu(metrics))
    .withPanel(containers.memory(metrics))
    .withPanel(containers.memoryPercent(metrics))
    .withRow(new RowBuilder("PostgreSQL"))
    .withPanel(storage.connectionsPercent(metrics))
    .withPanel(storage.connections(metrics))
    .withPanel(storage.locks(metrics))
    .withRow(new RowBuilder("Redis"))
    .withPanel(storage.redisMemory(metrics))
    .withPanel(storage.evictions(metrics))
    .withPanel(storage.redisKeys(metrics));
  if (has.backup) {
    dashboard
      .withRow(new RowBuilder("Sauvegardes"))
      .withPanel(backups.age(metrics))
      .withPanel(backups.size(metrics))
      .withPanel(backups.duration(metrics));
  }
  return dashboard
    .withRow(new RowBuilder("Hôte"))
    .withPanel(host.diskFree(metrics))
    .withPanel(storage.databaseSize(metrics))
    .withPanel(containers.outOfMemory(metrics))
    .withRow(new RowBuilder("Journaux"))
    .withPanel(errors(logs.errors))
    .build();
}

function errors(expr: string) {
  return lines({
    title: "Erreurs dans les journaux",
    description: "Lignes des conteneurs de Plane et d'OpenClaw qui se disent erreur ou pire (MONITOR-02).",
    asks: [log(expr, "")],
    logs: expr,
  });
}
