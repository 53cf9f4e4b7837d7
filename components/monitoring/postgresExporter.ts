import type { Input } from "@pulumi/pulumi";
import { stringify } from "yaml";
import { DATABASE } from "../plane/tenancy.ts";
import { FILES, keepOnly, type Part, type ScrapeJob, targetOf } from "./part.ts";

/** The exporter's role on PostgreSQL. */
export const MONITOR_ROLE = "plane_monitor";

/** What the queries below read of Plane: whether, and when, never what. */
export const MONITOR_COLUMNS = [
  "django_celery_beat_periodictask.last_run_at",
  "webhooks.deleted_at",
  "webhooks.is_active",
];

const QUERIES = {
  plane_beat: {
    query:
      "SELECT extract(epoch FROM now() - max(last_run_at)) AS last_run_age_seconds " +
      "FROM django_celery_beat_periodictask HAVING max(last_run_at) IS NOT NULL",
    metrics: [gauge("last_run_age_seconds", "Since the scheduler has last run something")],
  },
  plane_webhooks: {
    query: "SELECT count(*) AS inactive FROM webhooks WHERE NOT is_active AND deleted_at IS NULL",
    metrics: [gauge("inactive", "Webhooks that Plane has switched off")],
  },
};

/**
 * PostgreSQL's figures, and two of Plane's that only its database knows.
 * @param password of {@link MONITOR_ROLE}; secret.
 */
export function postgresExporter(hostname: string, password: Input<string>): Part {
  return {
    name: "plane_postgres_exporter",
    service: "postgres_exporter",
    image: "postgresExporter",
    // Said to be deprecated, and there in the newest release: the alternative is one more container.
    command: [`--extend.query-path=${FILES}/queries.yml`],
    environment: {
      DATA_SOURCE_URI: `${hostname}:5432/${DATABASE}?sslmode=disable`,
      DATA_SOURCE_USER: MONITOR_ROLE,
      DATA_SOURCE_PASS_FILE: `${FILES}/password`,
    },
    files: { "queries.yml": stringify(QUERIES), password },
    networks: ["backend"],
    health: "/",
    port: 9187,
  };
}

export function postgresJob(part: Part): ScrapeJob {
  return {
    job_name: "plane-postgresql",
    static_configs: [{ targets: [targetOf(part)] }],
    metric_relabel_configs: keepOnly(
      "plane_.+|pg_up|pg_stat_activity_count|pg_settings_max_connections|pg_database_size_bytes|pg_locks_count|pg_stat_database_(deadlocks|xact_commit|xact_rollback)",
    ),
  };
}

function gauge(column: string, description: string) {
  return { [column]: { usage: "GAUGE", description } };
}
