import { ownerOfToken } from "../../../plane/api/tokens.ts";
import type { Bridge } from "../core/bridge.ts";
import { agentBy } from "../core/config.ts";
import { Desk, DeskMemory } from "../core/desk.ts";
import { BridgeError } from "../core/errors.ts";
import { accessWith, readSecretFile } from "../core/identity.ts";

/** Names the file with the caller's token: a path may be in an environment, a token not. */
export const TOKEN_FILE = "PLANE_BRIDGE_TOKEN_FILE";

/** Who works through the command line or MCP: whoever the token belongs to, never whoever an argument names. */
export class Caller {
  readonly #bridge: Bridge;
  readonly #tokenFile: string;
  #token: string | undefined;
  #desk: Desk | undefined;

  constructor(bridge: Bridge, tokenFile: string | undefined) {
    if (tokenFile === undefined || tokenFile === "") {
      throw new BridgeError(
        `${TOKEN_FILE} is not set`,
        `name in it the file that holds an agent's Plane token, 0600: one of ${bridge.config.tokens}`,
      );
    }
    this.#bridge = bridge;
    this.#tokenFile = tokenFile;
  }

  /**
   * The caller's desk. The token is read each time, so that a rotation needs no restart; Plane is asked whose it is
   * when it is another one than before.
   * @throws BridgeError when it belongs to no agent of the configuration.
   */
  async desk(): Promise<Desk> {
    const token = readSecretFile(this.#tokenFile, "Plane token");
    if (this.#desk === undefined || token !== this.#token) {
      this.#desk = await this.#deskOf(token);
      this.#token = token;
    }
    return this.#desk;
  }

  async #deskOf(token: string): Promise<Desk> {
    const { config } = this.#bridge;
    const owner = await ownerOfToken(accessWith(config, "the owner of the token", token));
    if (owner === undefined) {
      throw new BridgeError(
        `Plane at ${config.url} does not accept the token in ${this.#tokenFile}`,
        "tell a person: pulumi up --refresh makes a new one",
      );
    }
    const agent = agentBy(config, "email", owner.email);
    if (agent === undefined) {
      throw new BridgeError(
        `The token in ${this.#tokenFile} is ${owner.email}'s, and that is no agent of the bridge`,
        `name the token file of one of these in ${TOKEN_FILE}: ${config.agents.map(({ agentId }) => agentId).join(", ")}`,
      );
    }
    return new Desk(this.#bridge, agent, accessWith(config, agent.email, token), {
      workspaceDir: process.cwd(),
      memory: new DeskMemory(this.#bridge),
    });
  }
}
