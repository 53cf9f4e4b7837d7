import { join } from "node:path";
import { type DockerHost, HostError, placeOf, run, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import { findGateway, sandboxesIn } from "./gateway.ts";
import type { SavedRelease, Where } from "./saved.ts";
import { requireSpace } from "./space.ts";
import {
  isRestoredFrom,
  isUnchangedSince,
  markText,
  nextMark,
  restoredFolder,
  restoredMark,
  settleState,
} from "./stateFolder.ts";
import { damageOf } from "./verify.ts";

/** What becomes of the state that a restore replaces. */
export type Replaced =
  /** It is in this release; a restore refuses when it has changed since. */
  | { archivedAs: SavedRelease }
  /** It is worth nothing, like that of a version that failed. It is kept beside all the same, until the next restore. */
  | { discard: true };

const TIMEOUT = 3600;

/**
 * Puts a saved state in the place of the present one. It is checked and unpacked beside it first, then two renames
 * swap them; killed at any point, the old state or the new one is there in full, and a repeat goes on from there.
 *
 * The gateway must be stopped: Docker looks its mounts up anew when it starts a container, and not before. Sandboxes
 * with such mounts are removed; OpenClaw makes them again.
 * @returns the folder in which the replaced state is kept, where it is.
 * @throws HostError before anything is touched: a running gateway, a damaged archive, a state that is in no archive,
 * too little room.
 */
export async function restoreState(
  host: DockerHost,
  where: Where,
  saved: SavedRelease,
  replaced: Replaced,
): Promise<string | undefined> {
  await settleState(host, where);
  if (await isRestoredFrom(host, where, saved)) return finish(host, where, replaced);
  if ((await findGateway(host, where.container))?.running)
    throw new HostError(
      `${where.container} runs, so its state is not replaced. Stop it: docker stop ${where.container}`,
    );
  const damage = await damageOf(host, [saved.state]);
  if (damage.length > 0)
    throw new HostError(
      `release ${saved.name} cannot be restored from ${placeOf(host)}: ${damage.join("; ")}. Nothing was touched. ` +
        `Other releases: npm run openclaw -- list; copies of the last days: ${where.copies}`,
    );
  if ("archivedAs" in replaced && !(await isUnchangedSince(host, where, replaced.archivedAs)))
    throw new HostError(
      `${where.folder} has changed since it was saved as ${replaced.archivedAs.name}, so it is not replaced. ` +
        "Save it: npm run openclaw -- backup",
    );
  await unpack(host, where, saved);
  for (const sandbox of await sandboxesIn(host, where.folder))
    await runOrThrow(host, `removing ${sandbox}`, `docker rm -f ${shellQuote(sandbox)} > /dev/null`);
  await swap(host, where, saved);
  return finish(host, where, replaced);
}

/**
 * Makes sure that the engine has a saved release's image, under its reference too where that is free.
 * @throws HostError when it has to come from the archive, and that is damaged.
 */
export async function restoreImage(host: DockerHost, saved: SavedRelease): Promise<void> {
  const id = shellQuote(saved.imageId);
  const there = async () => (await run(host, `docker image inspect ${id} > /dev/null`)).code === 0;
  if (!(await there())) {
    const damage = saved.imageArchive
      ? await damageOf(host, [saved.imageArchive])
      : ["it has none, for the host had the image no more"];
    if (damage.length > 0)
      throw new HostError(
        `the image of release ${saved.name} is gone, and so is its archive: ${damage.join("; ")}. ` +
          `Get it from its registry: docker pull ${saved.image}`,
      );
    const archive = saved.imageArchive?.file ?? "";
    await runOrThrow(
      host,
      `loading the image of ${saved.name}`,
      `docker load --quiet --input ${shellQuote(archive)}`,
      { timeout: TIMEOUT },
    );
    if (!(await there())) throw new HostError(`${archive} was loaded, and brought no image ${saved.imageId}`);
  }
  for (const reference of [saved.image, saved.tag ?? ""].filter(
    (each) => !["", saved.imageId].includes(each),
  )) {
    const quoted = shellQuote(reference);
    await runOrThrow(
      host,
      `tagging ${reference}`,
      `docker image inspect ${quoted} > /dev/null 2>&1 || docker tag ${id} ${quoted}`,
    );
  }
}

async function unpack(host: DockerHost, where: Where, saved: SavedRelease): Promise<void> {
  const { folder, owner, managed = [] } = where;
  const paths = [`${folder}.restoring`, restoredFolder(where), nextMark(where), saved.state.file];
  const [restoring, restored, next, file] = paths.map(shellQuote);
  await runOrThrow(
    host,
    "removing an unfinished restore",
    `rm -f ${next} && rm -rf ${restoring} ${restored}`,
    {
      timeout: 600,
    },
  );
  const parent = folder.slice(0, folder.lastIndexOf("/")) || "/";
  await requireSpace(host, `restoring ${saved.name}`, { [parent]: saved.state.unpacked });
  const keep = managed.map((path) => {
    const [present, target, relative] = [join(folder, path), join(`${folder}.restoring`, path), path].map(
      shellQuote,
    );
    const isThere = `[ -e ${present} ] || [ -L ${present} ]`;
    return `rm -rf ${target}; if ${isThere}; then (cd ${shellQuote(folder)} && cp -a --parents ${relative} ${restoring}); fi`;
  });
  const script = [
    "set -e; umask 077",
    `mkdir ${restoring}`,
    `chown ${shellQuote(owner)} ${restoring}`,
    `tar --extract --gzip --same-permissions --same-owner --numeric-owner --directory ${restoring} --file ${file}`,
    `count=$(find ${restoring} -printf x | wc -c)`,
    // An archive of nothing has no entry for the folder itself.
    `[ "$count" -eq ${Math.max(saved.state.entries, 1)} ] || { echo "$count of ${saved.state.entries} entries were unpacked" >&2; exit 1; }`,
    ...keep,
    `sync -f ${restoring}`,
    `mv -T ${restoring} ${restored}`,
  ];
  try {
    await runOrThrow(host, `unpacking ${saved.state.file}`, script.join("\n"), { timeout: TIMEOUT });
  } catch (error) {
    await run(host, `rm -rf ${restoring}`, { timeout: 600 });
    throw error;
  }
}

async function swap(host: DockerHost, where: Where, saved: SavedRelease): Promise<void> {
  const time = new Date().toISOString().slice(0, 19).replace(/[-:]/g, "");
  const paths = [where.folder, restoredFolder(where), nextMark(where), restoredMark(where)];
  const [folder, restored, next, mark] = paths.map(shellQuote);
  const script = [
    "set -e",
    `rm -rf ${folder}.before-*`,
    `cat > ${next}`,
    `[ ! -e ${folder} ] || mv -T ${folder} ${folder}.before-${time}`,
    `mv -T ${restored} ${folder}`,
    `mv -T ${next} ${mark}`,
    `sync -f ${folder}`,
  ];
  await runOrThrow(host, `restoring ${where.folder}`, script.join("\n"), {
    stdin: markText(saved),
    timeout: 600,
  });
}

/** What was replaced goes, when an archive has it; else it stays, and where is told. */
async function finish(host: DockerHost, { folder }: Where, replaced: Replaced): Promise<string | undefined> {
  const before = `${shellQuote(folder)}.before-*`;
  if ("archivedAs" in replaced) {
    await runOrThrow(host, "removing the replaced state", `rm -rf ${before}`, { timeout: 600 });
    return undefined;
  }
  const kept = await run(host, `ls -d ${before} 2> /dev/null`);
  return kept.stdout.trim() || undefined;
}
