/** One step of the schema, applied in one transaction together with its row in django_migrations. */
export interface Migration {
  app: string;
  name: string;
  sql: string;
  /** The first version of Plane whose code knows it; absent: all. */
  since?: string;
}
