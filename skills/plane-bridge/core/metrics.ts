import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What Prometheus reads of the bridge: names of tools and agents, never a title or an id. */
export class Metrics {
  readonly #registry = new Registry();
  readonly toolCalls = new Counter({
    name: "plane_bridge_tool_calls_total",
    help: "Tool calls by tool, agent and outcome (ok, refused, transient, failed)",
    labelNames: ["tool", "agent", "outcome"] as const,
    registers: [this.#registry],
  });
  readonly toolSeconds = new Histogram({
    name: "plane_bridge_tool_duration_seconds",
    help: "Duration of tool calls, waiting for the agent's pace included",
    labelNames: ["tool"] as const,
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60],
    registers: [this.#registry],
  });
  readonly polls = new Counter({
    name: "plane_bridge_polls_total",
    help: "Looks of the poller by agent and outcome (ok, failed, paused)",
    labelNames: ["agent", "outcome"] as const,
    registers: [this.#registry],
  });
  readonly wakes = new Counter({
    name: "plane_bridge_wakes_total",
    help: "Agents woken, by agent and what for (poll, event, concierge, failed_dependency, left); those that wait for a paused one too",
    labelNames: ["agent", "reason"] as const,
    registers: [this.#registry],
  });
  readonly spawns = new Counter({
    name: "plane_bridge_spawns_total",
    help: "Sub-agents started, by agent",
    labelNames: ["agent"] as const,
    registers: [this.#registry],
  });
  readonly spawnEnds = new Counter({
    name: "plane_bridge_spawn_outcomes_total",
    help: "Sub-agents ended, by agent and outcome (ok, error, timeout)",
    labelNames: ["agent", "outcome"] as const,
    registers: [this.#registry],
  });
  readonly spawnSeconds = new Histogram({
    name: "plane_bridge_spawn_duration_seconds",
    help: "Duration of sub-agents",
    labelNames: ["agent"] as const,
    buckets: [5, 15, 60, 300, 900, 1800],
    registers: [this.#registry],
  });
  readonly spawnsRunning = new Gauge({
    name: "plane_bridge_spawns_running",
    help: "Sub-agents started and not ended",
    registers: [this.#registry],
  });
  readonly openTasks = new Gauge({
    name: "plane_bridge_tasks",
    help: "Tasks by agent and status, as of the agent's last look",
    labelNames: ["agent", "status"] as const,
    registers: [this.#registry],
  });
  readonly confidence = new Gauge({
    name: "plane_bridge_confidence_score",
    help: "Mean confidence of an agent's done tasks, 0 to 1, as of its last look; absent while it has none",
    labelNames: ["agent"] as const,
    registers: [this.#registry],
  });
  readonly cost = new Gauge({
    name: "plane_bridge_cost_dollars",
    help: "Estimated cost of an agent's tasks in todo, in progress or blocked, as of its last look",
    labelNames: ["agent"] as const,
    registers: [this.#registry],
  });
  readonly spent = new Gauge({
    name: "plane_bridge_spent_dollars",
    help: "Cost of the tasks done this month (UTC), as of the concierge's last look",
    registers: [this.#registry],
  });
  readonly budget = new Gauge({
    name: "plane_bridge_budget_dollars",
    help: "Dollars for a month; 0: no budget is kept",
    registers: [this.#registry],
  });

  /** The text that Prometheus reads. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
