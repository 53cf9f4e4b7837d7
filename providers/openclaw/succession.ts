import { type DockerHost, run, runOrThrow } from "../host/run.ts";
import { shellQuote } from "../host/shell.ts";
import { OWNER_LABEL } from "./container.ts";
import { RESTART, STOP_GRACE } from "./hardening.ts";

/**
 * How one container takes another's place. A name means a gateway that proved itself: the new one is made beside the
 * old, which keeps its name, stopped, until the new one has passed everything. So whenever a run is killed, what is
 * there says how far it came.
 */

/** The new one until it has proved itself. */
export function nextName(name: string): string {
  return `${name}_next`;
}

/** The old one in the moment in which the new one takes its name. */
function replacedName(name: string): string {
  return `${name}_replaced`;
}

/** Undoes what a killed or failed run left half-done, or finishes it when only the old one was left to remove. */
export async function settle(host: DockerHost, name: string, owner: string): Promise<void> {
  const [current, next, replaced] = [name, nextName(name), replacedName(name)].map(shellQuote);
  const ours = `--filter ${shellQuote(`label=${OWNER_LABEL}=${owner}`)}`;
  const script = [
    "set -e",
    'has() { docker container inspect "$1" > /dev/null 2>&1; }',
    `if has ${replaced}; then`,
    `  if has ${current}; then docker rm --force ${replaced} > /dev/null; else docker rename ${replaced} ${current}; fi`,
    "fi",
    `docker ps --all --quiet --filter ${shellQuote(`name=^/${nextName(name)}$`)} ${ours} | xargs -r docker rm --force > /dev/null`,
  ];
  await runOrThrow(host, `settling what an interrupted run left of ${next}`, script.join("\n"));
}

/** Stops the old one; a restart of the engine does not bring it back beside the new one. */
export async function setAside(host: DockerHost, name: string): Promise<void> {
  const container = shellQuote(name);
  const script = `docker update --restart no ${container} > /dev/null && docker stop --time ${STOP_GRACE} ${container} > /dev/null`;
  await runOrThrow(host, `stopping ${name}`, script, { timeout: STOP_GRACE + 60 });
}

/** The new one takes the name over, and comes back by itself from now on. */
export async function handOver(host: DockerHost, name: string): Promise<void> {
  const [current, next, replaced] = [name, nextName(name), replacedName(name)].map(shellQuote);
  const script = [
    "set -e",
    `docker update --restart ${RESTART} ${next} > /dev/null`,
    `if docker container inspect ${current} > /dev/null 2>&1; then docker rename ${current} ${replaced}; fi`,
    `docker rename ${next} ${current}`,
  ];
  await runOrThrow(host, `giving ${name} its name`, script.join("\n"));
}

/** What is left of the old one. That it stays is no failure of the new one: the next run removes it. */
export async function dropReplaced(host: DockerHost, name: string): Promise<void> {
  await run(host, `docker rm --force ${shellQuote(replacedName(name))}`);
}

/** The old one runs again, as it came back by itself before. */
export async function startAgain(host: DockerHost, name: string, restart: string): Promise<void> {
  const container = shellQuote(name);
  const script = `docker update --restart ${shellQuote(restart)} ${container} > /dev/null && docker start ${container} > /dev/null`;
  await runOrThrow(host, `starting ${name} again`, script);
}
