// Runs beside others: its servers have ports and folders of their own.
import "../support/quickRetries.ts";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { InProcessEngine } from "../support/inProcessEngine.ts";
import { insidePlane, smaller } from "../support/insidePlane.ts";
import { PlaneServer } from "../support/planeServer.ts";
import type { RecordedResource } from "../support/recordedProgram.ts";

let server: PlaneServer;
let resources: RecordedResource[];
let wanted: unknown;
let calls: number;

before(async () => {
  server = await PlaneServer.start({ apiRateLimit: 100_000 });
  resources = smaller(await insidePlane(server.url));
  await new InProcessEngine(resources).up();
  wanted = await server.world();
  calls = (await server.calls()).length;
});
after(() => server.close());

/** What can happen to one call. `dies`: nothing comes after it in that run. */
const FAULTS = {
  "dies before the call": { kind: "reset", dies: true },
  "dies after the call was executed": { kind: "executed-reset", dies: true },
  "loses the answer of an executed call": { kind: "executed-reset", dies: false },
  "is answered 500": { kind: "500", dies: false },
  "is answered 429": { kind: "429", dies: false },
  "is answered 502 by a proxy": { kind: "502", dies: false },
} as const;

for (const [what, { kind, dies }] of Object.entries(FAULTS)) {
  test(`a bring-up that ${what}, whichever call it is, converges with nothing doubled and nothing orphaned`, async () => {
    for (let k = 1; k <= calls; k++) {
      await server.reset();
      const engine = new InProcessEngine(resources);
      await server.order({ at: k, kind, times: 1 });
      if (dies) await server.order({ at: k + 1, kind: "reset", times: 10_000 });
      if (dies) await assert.rejects(engine.up(), `call ${k}`);
      else await engine.up();
      await server.clearFaults();
      const steps = await engine.up();
      if (!dies) assert.deepEqual(steps, {}, `call ${k}`);
      assert.deepEqual(await server.world(), wanted, `call ${k}`);
    }
  });
}
