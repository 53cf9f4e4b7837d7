import { type CustomResourceOptions, dynamic, type Input, output, secret } from "@pulumi/pulumi";
import { OTHERWISE } from "../../providers/postgresql/monitor.ts";
import type { PostgresqlServer } from "../../providers/postgresql/psql.ts";
import { providerAt } from "../../providers/stub.ts";
import { markerOf } from "../database.ts";

export interface MonitorRoleArgs {
  /** The shared server, worked on through `docker exec` with the SQL on standard input. */
  server: { [K in keyof PostgresqlServer]: Input<PostgresqlServer[K]> };
  role: string;
  /** Changing it changes the existing role's. */
  password: Input<string>;
  database: string;
  /** Single columns of that database, like `webhooks.is_active`. */
  columns: string[];
  /** `<project>/<stack>`, kept as comment: without it a role of this name is refused. */
  stack: string;
  /** Take over a role that carries no mark of ours. */
  adopt: boolean;
}

/** A role of PostgreSQL that reads figures and single columns, and can do nothing else. */
export class MonitorRole extends dynamic.Resource {
  constructor(name: string, args: MonitorRoleArgs, options?: CustomResourceOptions) {
    super(
      providerAt("./providers/postgresql/monitor.ts"),
      name,
      {
        server: output(args.server).apply(secret),
        role: args.role,
        password: secret(args.password),
        database: args.database,
        columns: [...args.columns].sort(),
        rights: OTHERWISE,
        marker: markerOf(args.stack),
        adopt: args.adopt,
      },
      { ...options, additionalSecretOutputs: ["server", "password"] },
      "planeops",
      "MonitorRole",
    );
  }
}
