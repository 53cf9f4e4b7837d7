import { log, ResourceHook, type ResourceHookBinding } from "@pulumi/pulumi";
import type { PlaneOpsConfig } from "../config.ts";
import { HostError, run, runOrThrow } from "../providers/host/run.ts";
import { shellQuote } from "../providers/host/shell.ts";
import { OWNER_LABEL } from "./labels.ts";

/**
 * Hooks that free a name right before the engine creates what is to carry it.
 * A run that was killed leaves containers and networks that no state knows (contracts/pulumi): with our label they
 * are removed, for the engine is about to make them again. Anything else is refused, or with `platform:adopt`
 * stopped and kept under another name.
 */
export class Claims {
  readonly container: ResourceHookBinding;
  readonly network: ResourceHookBinding;
  private readonly config: PlaneOpsConfig;

  constructor(config: PlaneOpsConfig) {
    this.config = config;
    const hook = (name: string, claim: (name: string) => Promise<void>) => ({
      beforeCreate: [new ResourceHook(name, ({ newInputs }) => claim(String(newInputs?.name)))],
    });
    this.container = hook("claim-container-name", (name) => this.claimContainer(name));
    this.network = hook("claim-network-name", (name) => this.claimNetwork(name));
  }

  private async claimContainer(name: string): Promise<void> {
    const owner = await this.ownerOf("container", `index .Config.Labels "${OWNER_LABEL}"`, name);
    if (owner === undefined) return;
    const container = shellQuote(name);
    if (owner === this.config.owner) {
      log.info(`container ${name} is left from an interrupted run: removed, to be made again`);
      await runOrThrow(this.config.docker, `removing ${name}`, `docker rm --force ${container} > /dev/null`);
      return;
    }
    this.requireAdoption("container", name);
    const kept = `${name}_before_${new Date().toISOString().slice(0, 19).replace(/[-:]/g, "")}`;
    log.info(`container ${name} is taken over: the old one is stopped and kept as ${kept}`);
    await runOrThrow(
      this.config.docker,
      `keeping the old ${name}`,
      `docker update --restart no ${container} && docker stop ${container} && docker rename ${container} ${shellQuote(kept)}`,
    );
  }

  private async claimNetwork(name: string): Promise<void> {
    const owner = await this.ownerOf("network", `index .Labels "${OWNER_LABEL}"`, name);
    if (owner === undefined) return;
    if (owner !== this.config.owner) this.requireAdoption("network", name);
    log.info(`network ${name} exists already: removed, to be made again`);
    // Only our own containers may be cut off; a network that others use is refused by Docker with their names.
    const ours = shellQuote(`label=${OWNER_LABEL}=${this.config.owner}`);
    const network = shellQuote(name);
    await runOrThrow(
      this.config.docker,
      `removing network ${name}`,
      `docker ps --all --quiet --filter ${ours} --filter network=${network} | xargs -r docker rm --force > /dev/null; docker network rm ${network} > /dev/null`,
    );
  }

  /** The stack that an existing thing belongs to (empty: none), or undefined when there is no such thing. */
  private async ownerOf(kind: string, field: string, name: string): Promise<string | undefined> {
    const outcome = await run(
      this.config.docker,
      `docker ${kind} inspect --format '{{${field}}}' ${shellQuote(name)}`,
    );
    return outcome.code === 0 ? outcome.stdout.trim().replace("<no value>", "") : undefined;
  }

  private requireAdoption(kind: string, name: string): void {
    if (this.config.adopt) return;
    throw new HostError(
      `${kind} ${name} appeared since the preview and is not of this stack: remove it, or pulumi config set platform:adopt true`,
    );
  }
}
