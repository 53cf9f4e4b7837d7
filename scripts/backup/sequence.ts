import { Problem } from "../setup/problem.ts";
import { elapsed } from "../setup/progress.ts";
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

export interface RestoreOptions {
  /** End after the comparison: a drill that touches nothing. */
  check: boolean;
  say: (line: string) => void;
  /** Throws when the person says no. */
  confirm: () => Promise<void>;
}

/**
 * Puts Plane back as an archive has it. Killed at any moment it leaves the old data or the saved one, never a mix, and
 * is run again: attachments are only added, and the databases exchange their names in one transaction.
 * @throws Problem that says what is wrong, and what was touched.
 */
export async function restore(
  place: Place,
  archive: string,
  { check, say, confirm }: RestoreOptions,
): Promise<void> {
  const manifest = await checked(place, archive);
  const age = elapsed(Date.now() - manifest.saved.getTime());
  say(`${archive} is whole: ${manifest.members.join(", ")}. It is ${age} old`);
  if (manifest.planeVersion !== place.planeVersion && !check)
    throw new Problem(
      `${archive} is of Plane ${manifest.planeVersion}, and this stack runs ${place.planeVersion}. ` +
        `First: npm run pulumi -- config set plane:version ${manifest.planeVersion}, then npm start (or up of another stack)`,
    );
  await restoreBeside(place, archive, manifest);
  const rows = [...manifest.rows.values()].reduce((sum, each) => sum + each, 0);
  say(
    `its dump is in a database beside Plane's: ${manifest.rows.size} tables, ${rows} rows, as they were saved`,
  );
  if (check) {
    await dropBeside(place);
    say("nothing else was touched");
    return;
  }
  await confirm();
  await restoreObjects(place, archive);
  say(`${manifest.objects.size} files of attachments are there`);
  await stopPlane(place);
  try {
    const before = await exchange(place, new Date());
    say(`Plane's database is the saved one${before === undefined ? "" : `; the other is kept as ${before}`}`);
  } finally {
    // With whichever is there now.
    await startPlane(place);
  }
  say("Plane answers. What else belongs to it is put right by: npm start (or up --refresh of another stack)");
}
