import assert from "node:assert/strict";
import { test } from "node:test";
import { AGENTS } from "../../agents.ts";
import { EXTERNAL_SOURCE, projectSetup } from "../../plane/projectSetup.ts";
import {
  colorProblem,
  externalIdProblem,
  labelNameProblem,
  stateGroupProblem,
  stateNameProblem,
} from "../../plane/rules.ts";

const setup = projectSetup(AGENTS.map((agent) => agent.agentId));

test("PROV-02: a project has the six states, Todo the default, each with an id of ours", () => {
  assert.deepEqual(
    setup.states.map(({ name, group, external_id, default: isDefault }) => [
      name,
      group,
      external_id,
      isDefault,
    ]),
    [
      ["Backlog", "backlog", "state:backlog", false],
      ["Todo", "unstarted", "state:todo", true],
      ["In Progress", "started", "state:in-progress", false],
      ["Blocked", "started", "state:blocked", false],
      ["Done", "completed", "state:done", false],
      ["Cancelled", "cancelled", "state:cancelled", false],
    ],
  );
  assert.equal(setup.external_source, EXTERNAL_SOURCE);
});

test("PROV-02: the states that Plane makes by itself keep its colours, so that taking them over changes none", () => {
  // Recorded: state.list.default.
  const planes = {
    Backlog: "#60646C",
    Todo: "#60646C",
    "In Progress": "#F59E0B",
    Done: "#46A758",
    Cancelled: "#9AA4BC",
  };
  for (const [name, color] of Object.entries(planes))
    assert.equal(setup.states.find((state) => state.name === name)?.color, color, name);
});

test("PROV-02: cycles and modules are on, pages and intake off, and who is not in the project does not see it", () => {
  assert.deepEqual(setup.features, {
    cycle_view: true,
    module_view: true,
    page_view: false,
    intake_view: false,
  });
  assert.equal(setup.network, 0);
});

test("OPENCLAW-10: each agent has a label of its own name and colour, and review has one", () => {
  assert.deepEqual(
    setup.labels.map(({ name, external_id }) => [name, external_id]),
    [...AGENTS.map(({ agentId }) => `agent:${agentId}`), "review"].map((name) => [name, `label:${name}`]),
  );
  assert.equal(new Set(setup.labels.map((label) => label.color)).size, AGENTS.length + 1);
});

test("an agent more changes no other agent's label, whatever the order and repetition", () => {
  const more = projectSetup(["zeus", "thot", "thot", "imhotep"]).labels;
  assert.deepEqual(
    more.map((label) => label.name),
    ["agent:imhotep", "agent:thot", "agent:zeus", "review"],
  );
  for (const label of more.filter(({ name }) => name !== "agent:zeus"))
    assert.deepEqual(
      label,
      setup.labels.find(({ name }) => name === label.name),
    );
});

test("PROV-02: the set-up keeps Plane's own rules", () => {
  const problems = [
    ...setup.states.flatMap((state) => [stateNameProblem(state.name), stateGroupProblem(state.group)]),
    ...setup.labels.map((label) => labelNameProblem(label.name)),
    ...[...setup.states, ...setup.labels].flatMap(({ color, external_id }) => [
      colorProblem(color),
      externalIdProblem(external_id),
    ]),
  ];
  assert.deepEqual(problems.filter(Boolean), []);
});
