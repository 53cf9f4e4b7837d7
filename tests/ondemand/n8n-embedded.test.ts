import "../../plane/localhost.ts";
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readVersions } from "../../versions.ts";
import { buildStandinImages } from "../standins/images/build.ts";
import { docker, sweepNames, TestStack } from "../support/stack.ts";
import { Telegram } from "../support/telegram.ts";

/** A local stack that runs n8n itself, from an image of npm's n8n: 2 GB, so only when it is asked for. */
const PREFIX = "odn8n";
const PORT = 18_090;
const SUBNET = "10.234";
let stack: TestStack;
let telegram: Telegram;

before(async () => {
  await buildStandinImages([{ name: "n8n", reference: readVersions().imagesOnDemand.n8n }], console.log);
  await sweepNames(`${PREFIX}_`);
  telegram = await Telegram.start("0.0.0.0");
  stack = await TestStack.create("ondemand-n8n", {
    "platform:prefix": PREFIX,
    "platform:httpPort": String(PORT),
    "platform:subnetPrefix": SUBNET,
    "platform:memoryBudget": "4g",
    "notifications:enabled": "true",
    "notifications:chat": "4242",
    "notifications:telegramUrl": `http://${SUBNET}.4.1:${telegram.port}`,
  });
  await stack.setSecret("notifications:telegramToken", Telegram.TOKEN);
});

after(async () => {
  telegram?.stop();
  await stack?.dispose();
});

test("NOTIF-03: one `up` brings n8n up too, with its owner, its key and the flows, and a second one changes nothing", async () => {
  const up = await stack.up();
  assert.equal(up.code, 0, up.text);
  assert.deepEqual(await stack.drift(), {});
  const { containers, off } = (await stack.outputs()) as { containers: string[]; off: { what: string }[] };
  assert.ok(containers.includes(`${PREFIX}_n8n`));
  assert.ok(off.every(({ what }) => what !== "n8n"));
});

test("NOTIF-03: what is done in Plane is told in Telegram, by way of that n8n", async () => {
  const { tokens } = (await stack.outputs()) as { tokens: Record<string, string> };
  const plane = async (path: string, method = "GET", body?: object) => {
    const answer = await fetch(`http://work.localhost:${PORT}/api/v1/workspaces/javisi/${path}`, {
      method,
      headers: { Authorization: `Bearer ${tokens["concierge"]}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
  };
  await plane("projects/", "POST", { name: "Nouveau départ", identifier: "NEUF" });
  const deadline = Date.now() + 60_000;
  while (!telegram.texts.some((text) => text.includes("Nouveau départ"))) {
    assert.ok(Date.now() < deadline, telegram.texts.join("\n"));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test("the editor answers at its own name, and what n8n encrypts with is for itself alone", async () => {
  assert.equal((await fetch(`http://mayi.localhost:${PORT}/healthz`)).status, 200);
  const file = await docker("exec", `${PREFIX}_n8n`, "ls", "-l", "/home/node/.n8n/config");
  assert.match(file, /^-rw-------/);
});
