import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { lines, log } from "../panel.ts";
import type { Watched } from "../watched.ts";
import * as money from "./money.ts";
import * as spawns from "./spawns.ts";
import * as tasks from "./tasks.ts";
import * as tools from "./tools.ts";
import * as wakes from "./wakes.ts";

/** The dashboard *OpenClaw agents* (OPENCLAW-UPG-11, OPENCLAW-11): what they start, do, wait for and cost. */
export function agentsDashboard({ metrics, logs }: Watched): Dashboard {
  return new DashboardBuilder("Agents OpenClaw")
    .uid("plane-ops-agents")
    .description("Les agents : sous-agents, outils, tâches, confiance, coût. Tout vient de plane-ops.")
    .tags(["openclaw", "plane", "plane-ops"])
    .time({ from: "now-24h", to: "now" })
    .refresh("1m")
    .timezone("browser")
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .withRow(new RowBuilder("Sous-agents"))
    .withPanel(spawns.started(metrics, logs))
    .withPanel(spawns.ended(metrics, logs))
    .withPanel(spawns.duration(metrics, logs))
    .withRow(new RowBuilder("Tâches"))
    .withPanel(tasks.waiting(metrics))
    .withPanel(tasks.byState(metrics))
    .withPanel(tasks.confidence(metrics))
    .withRow(new RowBuilder("Outils"))
    .withPanel(tools.callsByAgent(metrics, logs))
    .withPanel(tools.callsByOutcome(metrics, logs))
    .withPanel(tools.duration(metrics, logs))
    .withRow(new RowBuilder("Réveils"))
    .withPanel(wakes.wakes(metrics, logs))
    .withPanel(wakes.polls(metrics, logs))
    .withPanel(spawns.running(metrics))
    .withRow(new RowBuilder("Coût"))
    .withPanel(money.cost(metrics))
    .withPanel(money.againstBudget(metrics))
    .withPanel(money.budgetPercent(metrics))
    .withRow(new RowBuilder("Journaux"))
    .withPanel(spawnLines(logs.spawns))
    .build();
}

function spawnLines(expr: string) {
  return lines({
    title: "Lancements dans les journaux",
    description:
      "Ce que la passerelle dit des sous-agents, et des droits qui leur manquent (openclaw:logLevel debug en dit plus).",
    asks: [log(expr, "")],
    logs: expr,
  });
}
