import type { Migration } from "./migration.ts";

/** Tables of Django itself. */
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
];
