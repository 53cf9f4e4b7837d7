import { readsStateOf } from "../../components/openclaw/version.ts";
import { type DockerHost, placeOf, run } from "../../providers/host/run.ts";
import { shellQuote } from "../../providers/host/shell.ts";
import { findGateway, startGateway, versionOf } from "../../providers/openclaw/gateway.ts";
import { pruneSaved } from "../../providers/openclaw/prune.ts";
import { restoreState } from "../../providers/openclaw/restore.ts";
import { saveRelease } from "../../providers/openclaw/save.ts";
import { listSaved, type SavedRelease, sizesOf, type Where } from "../../providers/openclaw/saved.ts";
import { verifySaved } from "../../providers/openclaw/verify.ts";
import { Problem } from "../setup/problem.ts";

/** What runs, and what there is to go back to: a line each. */
export async function status(host: DockerHost, where: Where): Promise<string[]> {
  const [gateway, saved] = await Promise.all([
    findGateway(host, where.container),
    listSaved(host, where.releases),
  ]);
  const [newest] = saved;
  const archives = newest
    ? `${saved.length} in ${where.releases}, the newest ${newest.name} (OpenClaw ${newest.version})`
    : `none in ${where.releases}`;
  if (gateway === undefined)
    return [`Gateway  no container ${where.container} on ${placeOf(host)}`, `Saved    ${archives}`];
  const version = await versionOf(host, gateway);
  return [
    `Gateway  ${where.container}: OpenClaw ${version}, ${await healthOf(host, where.container)}`,
    `Image    ${gateway.image} (${gateway.imageId.slice(0, "sha256:".length + 12)})`,
    `State    ${where.folder}`,
    `Saved    ${archives}`,
  ];
}

/** The saved releases, newest first: a line each. */
export async function list(host: DockerHost, where: Where): Promise<string[]> {
  const saved = await listSaved(host, where.releases);
  if (saved.length === 0) return [`Nothing is saved in ${where.releases}`];
  const width = Math.max(...saved.map(({ name }) => name.length));
  return saved.map(
    (saved) =>
      `${saved.name.padEnd(width)}  OpenClaw ${saved.version}  ${saved.createdAt.slice(0, 16).replace("T", " ")} UTC  ` +
      `${sizesOf(saved)} (${saved.state.entries} entries)  ${saved.tag ?? ""}`.trimEnd(),
  );
}

/** Saves what runs, and lets go of what is too old. */
export async function backup(host: DockerHost, where: Where, keep: number): Promise<string[]> {
  const saved = await saveRelease(host, where, { leaveStopped: false });
  const pruned = await pruneSaved(host, where.releases, keep, [saved.version]);
  return [
    `OpenClaw ${saved.version} is saved as ${saved.name}: ${sizesOf(saved)}`,
    ...(pruned.length > 0 ? [`Removed, for they were too many: ${pruned.join(", ")}`] : []),
  ];
}

/** Puts a saved state in the place of the present one, which is saved first. Image and configuration stay. */
export async function restore(host: DockerHost, where: Where, name: string): Promise<string[]> {
  const saved = await named(host, where, name);
  const gateway = await findGateway(host, where.container);
  if (gateway === undefined)
    throw new Problem(
      `There is no container ${where.container}, so what is there now cannot be saved first. ` +
        "Bring it up, then run it again: pulumi config set openclaw:enabled true && pulumi up --refresh",
    );
  const version = await versionOf(host, gateway);
  if (!readsStateOf(version, saved.version))
    throw new Problem(
      `OpenClaw ${version} is not known to read what ${saved.version} wrote. ` +
        `Go to that version instead: pulumi config set openclaw:version ${saved.version} && pulumi up --refresh`,
    );
  const damage = await verifySaved(host, saved);
  if (damage.length > 0)
    throw new Problem(
      `Release ${name} is damaged, and nothing was touched: ${damage.join("; ")}. Others: npm run openclaw -- list`,
    );
  const present = await saveRelease(host, where, { leaveStopped: true });
  try {
    await restoreState(host, where, saved, { archivedAs: present });
  } finally {
    await startGateway(host, where.container);
  }
  return [
    `The state is the one of ${saved.name} again; what was there is saved as ${present.name}`,
    `${where.container} is started. Its health: npm run openclaw -- status`,
  ];
}

async function named(host: DockerHost, where: Where, name: string): Promise<SavedRelease> {
  const all = await listSaved(host, where.releases);
  const found = all.find((each) => each.name === name);
  if (found) return found;
  const there = all.map((each) => each.name).join(", ") || "none";
  throw new Problem(
    `There is no saved release ${JSON.stringify(name)} in ${where.releases}; there are: ${there}`,
  );
}

async function healthOf(host: DockerHost, container: string): Promise<string> {
  const format = "{{.State.Status}}{{with .State.Health}}, {{.Status}}{{end}}, since {{.State.StartedAt}}";
  const outcome = await run(
    host,
    `docker container inspect --format ${shellQuote(format)} ${shellQuote(container)}`,
  );
  return outcome.stdout.trim().replace(/\.\d+Z$/, "Z");
}
