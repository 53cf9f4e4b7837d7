import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type GrafanaNeeds, grafanaProblems } from "../../providers/grafana/problems.ts";
import { Grafana } from "../support/grafana.ts";

let grafana: Grafana;
before(async () => {
  grafana = await Grafana.start();
});
after(() => grafana.stop());

const needs = (more: Partial<GrafanaNeeds> = {}): GrafanaNeeds => ({
  url: grafana.url,
  auth: Grafana.TOKEN,
  folder: "Javisi",
  contactPoint: "telegram-monitoring",
  dataSources: ["VictoriaMetrics", "Loki"],
  ...more,
});

test("MONITOR-03: a Grafana that has all there has to be is no problem, and nothing is changed in it", async () => {
  assert.deepEqual(await grafanaProblems(needs()), []);
  assert.deepEqual(grafana.changes, []);
});

test("MONITOR-04: folder, contact point and data source that are not there are told at once, each with what is there", async () => {
  const missing = { folder: "Nowhere", contactPoint: "nobody", dataSources: ["Loki", "Tempo"] };
  assert.deepEqual(await grafanaProblems(needs(missing)), [
    `the Grafana at ${grafana.url} has no folder "Nowhere", only Javisi: make it there, or pulumi config set monitoring:folder <title>`,
    `the Grafana at ${grafana.url} has no contact point "nobody", only grafana-default-email, telegram-monitoring: pulumi config set monitoring:contactPoint <name>`,
    `the Grafana at ${grafana.url} has no data source with the uid Tempo, which panels ask: give one that uid`,
  ]);
});

test("MONITOR-03: a token that Grafana refuses is told with where a new one is made, and is not repeated", async () => {
  const [problem, ...others] = await grafanaProblems(needs({ auth: "glsa_of-yesterday" }));
  assert.match(problem ?? "", /refuses the token: make one there .*pulumi config set --secret grafana:auth/);
  assert.doesNotMatch(problem ?? "", /glsa_/);
  assert.deepEqual(others, []);
});

test("MONITOR-03: a Grafana that does not answer is told with the key that holds its address", async () => {
  const [problem] = await grafanaProblems(needs({ url: "http://127.0.0.1:9" }));
  assert.match(problem ?? "", /cannot be reached \(.+\); its address is grafana:url/);
});
