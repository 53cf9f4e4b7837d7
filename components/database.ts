import { type CustomResourceOptions, dynamic, type Input, output, secret } from "@pulumi/pulumi";
import type { PostgresqlServer } from "../providers/postgresql/psql.ts";
import { providerAt } from "../providers/stub.ts";

export interface DatabaseArgs {
  /** The shared server, worked on through `docker exec` with the SQL on standard input. */
  server: { [K in keyof PostgresqlServer]: Input<PostgresqlServer[K]> };
  /** Role that owns the database and signs in with `password`. */
  role: Input<string>;
  /** Changing it changes the existing role's. */
  password: Input<string>;
  /** Changing the name replaces the database: protect it. */
  database: Input<string>;
  /** `<project>/<stack>`, kept as comment: without it role and database are refused. */
  stack: string;
  /** Take over role and database that carry no mark of ours. */
  adopt: boolean;
}

/** The comment on role and database that says which stack made them. */
export function markerOf(stack: string): string {
  return `plane-ops: ${stack}`;
}

/** A role and its database on a shared PostgreSQL; CONNECT is for the role alone (INFRA-02). */
export class Database extends dynamic.Resource {
  constructor(name: string, args: DatabaseArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/postgresql/database.ts"),
      name,
      {
        server: output(args.server).apply(secret),
        role: args.role,
        password: secret(args.password),
        database: args.database,
        owner: args.role,
        publicConnect: false,
        marker: markerOf(args.stack),
        adopt: args.adopt,
      },
      { ...options, additionalSecretOutputs: ["server", "password"] },
      "planeops",
      "Database",
    );
  }
}
