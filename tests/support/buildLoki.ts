import { buildGo } from "./buildGo.ts";

/**
 * Loki itself, built from the Go module proxy, once: four minutes on two cores (contracts/observability).
 * @returns the program.
 */
export function buildLoki(): Promise<string> {
  return buildGo("Loki", {
    name: "loki",
    folder: "tests/standins/loki",
    package: "github.com/grafana/loki/v3/cmd/loki",
    version: "v3.7.8",
  });
}
