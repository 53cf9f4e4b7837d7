import { posix } from "node:path";
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { AGENTS } from "../agents.ts";
import type { PlaneOpsConfig } from "../config.ts";
import type { Agents } from "./agents.ts";
import { HostFiles, type TextFile } from "./hostFiles.ts";
import { bridgeSettings } from "./openclaw/bridgeSettings.ts";
import {
  EVENTS_SECRET_FILE,
  HOOKS_TOKEN_FILE,
  KANEO,
  MEMORY,
  OPENCLAW_OWNER,
  openclawFolder,
  PASSWORD_FILE,
  PLUGIN_FOLDER,
  SECRETS,
  SETTINGS_FILE,
  SKILL_FOLDER,
  SKILLS,
  STATE,
  TOKENS,
} from "./openclaw/layout.ts";
import type { Plugin } from "./openclaw/plugin.ts";
import { type Account, BRIDGE_ACCOUNT } from "./plane/accounts.ts";

export interface PlaneBridgeArgs {
  config: PlaneOpsConfig;
  accounts: readonly Account[];
  /** Whose tokens the files hold. */
  agents: Agents;
  /** Where people open Plane. */
  url: string;
  plugin: Plugin;
}

type Texts = Record<string, TextFile>;

/** The agents' bridge to Plane, where OpenClaw finds it: plugin and skill, settings, a token for each agent. */
export class PlaneBridge extends ComponentResource {
  /** What the gateway's environment holds for the bridge's hooks. */
  readonly hooksToken: Output<string>;
  /** Signs what n8n tells and asks of the bridge. */
  readonly eventsSecret: Output<string>;
  private readonly args: PlaneBridgeArgs;

  constructor(name: string, args: PlaneBridgeArgs, options?: ComponentResourceOptions) {
    super("planeops:agents:PlaneBridge", name, {}, options);
    this.args = args;

    this.hooksToken = this.made("plane-bridge-hooks-token");
    this.eventsSecret = this.made("plane-bridge-events-secret");
    const settings = this.settings();
    const tokens = this.tokens();
    const secrets = this.secrets();
    this.install({ ...settings, ...tokens, ...secrets });

    this.registerOutputs();
  }

  private settings(): Texts {
    const { config, accounts, url } = this.args;
    const text = `${JSON.stringify(bridgeSettings(config, accounts, url), undefined, 2)}\n`;
    return { [SETTINGS_FILE]: { mode: "644", text } };
  }

  /** Read at each call, so a rotation needs no restart (AUTH-03). */
  private tokens(): Texts {
    const files = AGENTS.flatMap(({ agentId }): [string, TextFile][] => {
      const person = this.args.agents.people.find(({ account }) => account.name === agentId);
      return person?.token === undefined ? [] : [[`${TOKENS}/${agentId}`, secretText(person.token.token)]];
    });
    return Object.fromEntries(files);
  }

  /** What lets the bridge wake agents through OpenClaw's hooks, what signs the relay's events, and its own password. */
  private secrets(): Texts {
    return {
      [HOOKS_TOKEN_FILE]: secretText(this.hooksToken),
      [EVENTS_SECRET_FILE]: secretText(this.eventsSecret),
      [PASSWORD_FILE]: secretText(this.args.agents.passwordOf(BRIDGE_ACCOUNT)),
    };
  }

  private made(name: string): Output<string> {
    return new RandomPassword(name, { length: 48, special: false }, { parent: this }).result;
  }

  private install(texts: Texts): HostFiles {
    const { config, plugin } = this.args;
    return new HostFiles(
      "plane-bridge-files",
      {
        host: config.docker,
        base: openclawFolder(config),
        owner: OPENCLAW_OWNER,
        shared: [STATE, SKILLS],
        folders: { [TOKENS]: "700", [SECRETS]: "700" },
        scratch: { [MEMORY]: "700" },
        texts,
        sources: Object.fromEntries(
          Object.entries(plugin).map(([path, file]) => [`${PLUGIN_FOLDER}/${path}`, file]),
        ),
        // The requirement's literal path (OPENCLAW-01); relative, for it is seen from two sides.
        links: { [`${SKILLS}/plane-bridge`]: posix.relative(SKILLS, SKILL_FOLDER) },
        absent: KANEO,
      },
      { parent: this },
    );
  }
}

function secretText(text: Input<string>): TextFile {
  return { mode: "600", text };
}
