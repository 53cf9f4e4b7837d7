import { watched } from "../../dashboards/watched.ts";

/** A stack that has all there is to watch. */
export const EVERYTHING = watched("javisi", {
  openclaw: true,
  notifications: true,
  backup: true,
  certificate: true,
});
