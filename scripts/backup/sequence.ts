import { Problem } from "../setup/problem.ts";
import { elapsed } from "../setup/progress.ts";
import { type Person, removeBeside, startBeside, useBeside } from "./beside.ts";
import type { Manifest } from "./manifest.ts";
import type { Place } from "./place.ts";
import {
  checked,
  dropBeside,
  exchange,
  restoreBeside,
  restoreObjects,
  startPlane,
  stopPlane,
} from "./restore.ts";

/** One step, with what it found in words. */
export type Say = (line: string) => void;

export interface RestoreOptions {
  say: Say;
  /** Throws when the person says no. */
  confirm: () => Promise<void>;
}

/**
 * Puts an archive beside the Plane that runs, which is not touched: its dump into a database, its attachments into a
 * store, and a Plane on both that `person` uses. All of it is removed again.
 * @throws Problem that says what is wrong with the archive.
 */
export async function drill(place: Place, archive: string, person: Person, say: Say): Promise<void> {
  try {
    const manifest = await read(place, archive, say);
    await compare(place, archive, manifest, say);
    await startBeside(place, archive);
    for (const line of await useBeside(place, person)) say(`beside: ${line}`);
  } finally {
    await removeBeside(place);
    await dropBeside(place);
  }
  say("what was made for it is removed; Plane was not touched");
}

/**
 * Puts Plane back as an archive has it. Killed at any moment it leaves the old data or the saved one, and never a mix,
 * and is run again: attachments are only added, and the databases exchange their names in one transaction.
 * @returns for how many milliseconds Plane did not answer.
 * @throws Problem that says what is wrong, and what was touched.
 */
export async function restore(
  place: Place,
  archive: string,
  { say, confirm }: RestoreOptions,
): Promise<number> {
  const manifest = await read(place, archive, say);
  if (manifest.planeVersion !== place.planeVersion)
    throw new Problem(
      `${archive} is of Plane ${manifest.planeVersion}, and this stack runs ${place.planeVersion}. ` +
        `First: npm run pulumi -- config set plane:version ${manifest.planeVersion}, then npm start (or up of another stack)`,
    );
  await compare(place, archive, manifest, say);
  await confirm();
  await restoreObjects(place, archive);
  say(`${manifest.objects.size} files of attachments are there`);
  const stopped = performance.now();
  await stopPlane(place);
  try {
    const before = await exchange(place, new Date());
    say(`Plane's database is the saved one${before === undefined ? "" : `; the other is kept as ${before}`}`);
  } finally {
    // With whichever is there now.
    await startPlane(place);
  }
  const out = performance.now() - stopped;
  say("Plane answers. What else belongs to it is put right by: npm start (or up --refresh of another stack)");
  return out;
}

async function read(place: Place, archive: string, say: Say): Promise<Manifest> {
  const manifest = await checked(place, archive);
  const { members, saved, exported } = manifest;
  const age = (since: Date) => elapsed(Date.now() - since.getTime());
  const stack =
    exported === undefined ? "no export of the stack" : `an export of the stack ${age(exported)} old`;
  say(`${archive} is whole and ${age(saved)} old: ${members.join(", ")}; ${stack}`);
  return manifest;
}

async function compare(place: Place, archive: string, manifest: Manifest, say: Say): Promise<void> {
  await restoreBeside(place, archive, manifest);
  const rows = [...manifest.rows.values()].reduce((sum, each) => sum + each, 0);
  say(
    `its dump is in a database beside Plane's: ${manifest.rows.size} tables, ${rows} rows, as they were saved`,
  );
}
