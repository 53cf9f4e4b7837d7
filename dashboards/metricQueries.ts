/** What is asked of from outside, over HTTP: the collector's probes by name. */
export type Probe = "api" | "api_authenticated" | "web" | "webhook" | "certificate";

/**
 * Every question to VictoriaMetrics that a panel or an alert asks, once, in PromQL. Names are those of the exporters
 * (postgres_exporter, redis_exporter, blackbox_exporter, node_exporter, cAdvisor) and of the bridge; the job says which
 * of them is the collector's.
 * @param prefix of the containers' names, like `javisi`.
 */
export function metricQueries(prefix: string) {
  const containers = `job="plane-containers",name=~"${prefix}_(plane_.+|openclaw|postgresql|redis|caddy|n8n)"`;
  const probe = (name: Probe) => `{job="plane-probe",probe="${name}"}`;
  // redis_exporter says 0 of a list that is empty, for Redis has none then.
  const queue = `sum(redis_key_size{job="plane-redis",key="plane:celery"})`;
  const connections = `sum(pg_stat_activity_count{job="plane-postgresql"})`;
  const maxConnections = `max(pg_settings_max_connections{job="plane-postgresql"})`;
  const redisUsed = `max(redis_memory_used_bytes{job="plane-redis"})`;
  const redisMax = `max(redis_memory_max_bytes{job="plane-redis"})`;
  const memory = `max by (name) (container_memory_working_set_bytes{${containers}})`;
  const backup = (name: string) => `max(plane_backup_${name}{job="plane-host"})`;
  const spent = `max(plane_bridge_spent_dollars{job="plane-bridge"})`;
  const budget = `max(plane_bridge_budget_dollars{job="plane-bridge"})`;

  return {
    /** 1 while it answers as it should, else 0. */
    isUp: (name: Probe) => `max(probe_success${probe(name)})`,
    /** Seconds that the probes' requests take. */
    probeSeconds: `max by (probe) (probe_duration_seconds{job="plane-probe"})`,
    /** The authenticated call fails while the api answers: tokens or database, not the api itself. */
    isRefusing: `max(probe_success${probe("api")}) - max(probe_success${probe("api_authenticated")})`,
    certificateDays: `(min(probe_ssl_earliest_cert_expiry${probe("certificate")}) - time()) / 86400`,
    /** Webhooks that Plane has switched off after failed deliveries; it never switches them on again. */
    webhooksOff: `max(plane_webhooks_inactive{job="plane-postgresql"})`,

    /** Jobs that wait in Redis for the worker. */
    queue,
    /** The shortest that the queue has been: above 0 nothing has emptied it for 15 minutes. */
    queueNeverEmpty: `min_over_time(${queue}[15m:1m])`,
    /** Seconds since the scheduler inside the worker has last run something. */
    beatAge: `max(plane_beat_last_run_age_seconds{job="plane-postgresql"})`,

    connections,
    maxConnections,
    connectionsByDatabase: `sum by (datname) (pg_stat_activity_count{job="plane-postgresql"})`,
    connectionsPercent: `100 * ${connections} / ${maxConnections}`,
    databaseBytes: `max(pg_database_size_bytes{job="plane-postgresql",datname="plane_production"})`,
    locks: `sum by (mode) (pg_locks_count{job="plane-postgresql",datname="plane_production"})`,

    redisUsed,
    redisMax,
    /** Nothing where Redis has no limit of its own. */
    redisPercent: `100 * ${redisUsed} / (${redisMax} > 0)`,
    evictions: `sum(increase(redis_evicted_keys_total{job="plane-redis"}[15m]))`,
    redisKeys: `max by (db) (redis_db_keys{job="plane-redis"})`,

    containerCpu: `sum by (name) (rate(container_cpu_usage_seconds_total{${containers}}[5m]))`,
    containerMemory: memory,
    containerMemoryPercent: `100 * ${memory} / (max by (name) (container_spec_memory_limit_bytes{${containers}}) > 0)`,
    outOfMemory: `sum by (name) (increase(container_oom_events_total{${containers}}[15m]))`,

    diskFreePercent: `100 * min by (mountpoint) (node_filesystem_avail_bytes{job="plane-host"}) / min by (mountpoint) (node_filesystem_size_bytes{job="plane-host"})`,

    backupAge: `time() - ${backup("last_success_timestamp_seconds")}`,
    backupVerifiedAge: `time() - ${backup("verified_timestamp_seconds")}`,
    backupFailed: backup("failed"),
    backupBytes: backup("size_bytes"),
    backupSeconds: backup("duration_seconds"),

    /** 1 for each target of the collector's that it could read, else 0. */
    targetsUp: `min by (job) (up{job=~"plane-.+"})`,
    /** 1 while it can read them all. */
    collecting: `min(up{job=~"plane-.+"})`,
    /** 1 when nothing at all arrives from the collector. */
    collectorSilent: `absent(up{job="plane-probe"})`,

    spawnsByAgent: `sum by (agent) (increase(plane_bridge_spawns_total{job="plane-bridge"}[1h]))`,
    spawnEndsByOutcome: `sum by (outcome) (increase(plane_bridge_spawn_outcomes_total{job="plane-bridge"}[1h]))`,
    spawnFailures: `sum(increase(plane_bridge_spawn_outcomes_total{job="plane-bridge",outcome!="ok"}[1h]))`,
    spawnsRunning: `sum(plane_bridge_spawns_running{job="plane-bridge"})`,
    spawnSeconds: (quantile: number) =>
      `histogram_quantile(${quantile}, sum by (le) (rate(plane_bridge_spawn_duration_seconds_bucket{job="plane-bridge"}[1h])))`,
    toolCallsByAgent: `sum by (agent) (rate(plane_bridge_tool_calls_total{job="plane-bridge"}[5m])) * 60`,
    toolCallsByOutcome: `sum by (outcome) (rate(plane_bridge_tool_calls_total{job="plane-bridge"}[5m])) * 60`,
    toolSeconds: `histogram_quantile(0.95, sum by (tool, le) (rate(plane_bridge_tool_duration_seconds_bucket{job="plane-bridge"}[15m])))`,
    wakesByReason: `sum by (reason) (increase(plane_bridge_wakes_total{job="plane-bridge"}[1h]))`,
    pollsByOutcome: `sum by (outcome) (increase(plane_bridge_polls_total{job="plane-bridge"}[1h]))`,
    tasks: `max by (agent, status) (plane_bridge_tasks{job="plane-bridge"})`,
    tasksWaiting: `sum by (agent) (plane_bridge_tasks{job="plane-bridge",status=~"backlog|todo"})`,
    confidence: `max by (agent) (plane_bridge_confidence_score{job="plane-bridge"})`,
    costByAgent: `max by (agent) (plane_bridge_cost_dollars{job="plane-bridge"})`,
    spent,
    budget,
    budgetPercent: `100 * ${spent} / (${budget} > 0)`,
  };
}

export type MetricQueries = ReturnType<typeof metricQueries>;
