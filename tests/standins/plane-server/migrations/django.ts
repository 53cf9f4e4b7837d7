import type { Migration } from "./migration.ts";

/** Tables of Django itself, and of the scheduler that Plane's worker runs. */
export const django: Migration[] = [
  {
    app: "contenttypes",
    name: "0001_initial",
    sql: `CREATE TABLE django_content_type (
      id serial PRIMARY KEY,
      app_label varchar(100) NOT NULL,
      model varchar(100) NOT NULL,
      UNIQUE (app_label, model)
    )`,
  },
  {
    app: "auth",
    name: "0001_initial",
    sql: `CREATE TABLE auth_group (id serial PRIMARY KEY, name varchar(150) NOT NULL UNIQUE)`,
  },
  {
    app: "django_celery_beat",
    name: "0001_initial",
    sql: `CREATE TABLE django_celery_beat_periodictask (
      id serial PRIMARY KEY,
      name varchar(200) NOT NULL UNIQUE,
      task varchar(200) NOT NULL,
      enabled boolean NOT NULL DEFAULT true,
      last_run_at timestamptz,
      total_run_count integer NOT NULL DEFAULT 0
    )`,
  },
];
