import { at, type Json } from "../configuration.ts";
import { problem, shown } from "./problem.ts";

/** A kind of text whose form no schema tells. */
interface Amount {
  places: readonly string[];
  form: RegExp;
  allowed: string;
}

const AMOUNTS: readonly Amount[] = [
  {
    places: [
      "session.maintenance.pruneAfter",
      "session.maintenance.resetArchiveRetention",
      "cron.sessionRetention",
    ],
    form: /^(\d+(\.\d+)?|(\d+(\.\d+)?(ms|s|m|h|d))+)$/i,
    allowed: "a duration like 30d or 12h",
  },
  {
    places: ["rotateBytes", "maxDiskBytes", "highWaterBytes"]
      .map((key) => `session.maintenance.${key}`)
      .concat("cron.runLog.maxBytes"),
    form: /^\d+(\.\d+)?([kmgt]?b|[kmgt])?$/i,
    allowed: "a size like 500mb or 2gb",
  },
];

/** Durations and sizes that a gateway cannot read: it does not start with them. */
export function amountProblems(configuration: Json): string[] {
  return AMOUNTS.flatMap(({ places, form, allowed }) =>
    places.flatMap((path) => {
      const value = at(configuration, ...path.split("."));
      if (typeof value !== "string" || form.test(value.trim())) return [];
      return [problem(path, shown(path, value), allowed)];
    }),
  );
}
