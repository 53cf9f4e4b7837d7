import { isAbsolute } from "node:path";
import { z } from "zod";
import { AGENTS } from "./agents.ts";
import * as rules from "./plane/rules.ts";
import { type DockerHost, LOCAL_DOCKER } from "./providers/host/run.ts";
import { type Images, OPENCLAW_VERSIONS } from "./versions.ts";

/** A container that has memory and CPU limits of its own. */
export type Service =
  | "api"
  | "worker"
  | "web"
  | "admin"
  | "migrator"
  | "minio"
  | "postgresql"
  | "redis"
  | "caddy"
  | "n8n"
  | "vmagent"
  | "postgres_exporter"
  | "redis_exporter"
  | "blackbox_exporter"
  | "node_exporter"
  | "container_exporter"
  | "socket_proxy"
  | "victoriametrics"
  | "loki"
  | "alloy"
  | "backup";

/** What a container may use. */
export interface Limit {
  /** MiB. */
  memory: number;
  /** Shares of one CPU: 0.5 is half a core. */
  cpus: number;
}

/** What a person told us about an account that exists already. */
export interface Credentials {
  password?: string;
  token?: string;
}

/** How the agents work through the bridge. */
export interface AgentSettings {
  /** `agents:polling`: who looks for work; the plugin by itself, OpenClaw's cron, or nobody. */
  polling: "plugin" | "cron" | "off";
  /** `agents:pollMinutes`: minutes from one look of an agent to its next. */
  pollMinutes: number;
  /** `agents:paused`: agents that are not woken, or `all`. */
  paused: readonly string[];
  /** `agents:budget`: dollars for a month; absent: no budget is kept. */
  budget?: number;
  /** `agents:costPerHour`: dollars for an hour of an agent's work, for estimates. */
  costPerHour: number;
}

/** The gateway of the agents, and how one of its versions takes another's place. */
export interface OpenclawSettings {
  /** `openclaw:version`. */
  version: (typeof OPENCLAW_VERSIONS)[number];
  /** `openclaw:image`: the image's name, without a tag. */
  image: string;
  /** `openclaw:configFile`: the user's own openclaw.json, below the project's folder; absent: nothing but ours. */
  configFile?: string;
  /** `openclaw:environment`: secret; variables of the gateway, for keys and tokens that its configuration names. */
  environment: Readonly<Record<string, string>>;
  /** `openclaw:memory` in MiB, and `openclaw:cpus`. */
  limit: Limit;
  /** `openclaw:seccomp`: Docker's own profile, or the narrower one of ours. */
  seccomp: "default" | "profile";
  /** `openclaw:logLevel`: of what reaches stdout; debug shows spawns. */
  logLevel: "info" | "debug";
  /** `openclaw:services`: what the smoke test reaches from the gateway: name to address. */
  services: Readonly<Record<string, string>>;
  /** `openclaw:backupDate`: `2026-02-28` in the names of backups; absent: the day on which they are made. */
  backupDate?: string;
  /** `openclaw:keep`: saved releases that stay, beside those that are needed to go back. */
  keep: number;
  /** `openclaw:rollbackState`: what an older version finds; absent: the present state where it is known to read it. */
  rollbackState?: "keep" | "restore";
  /** `openclaw:scanGate`: whether new critical findings stop a release; at a first install all are new. */
  scanGate: boolean;
}

/** How what happens in Plane reaches Telegram, and what is asked there reaches Plane. */
export interface NotificationSettings {
  /** `notifications:n8nUrl` and `notifications:n8nApiKey`; absent: an n8n of this stack. */
  n8n?: { url: string; apiKey: string };
  /** `notifications:telegramToken`: secret; the bot that speaks. */
  telegramToken: string;
  /** `notifications:telegramUrl`: Telegram's Bot API. */
  telegramUrl: string;
  /** `notifications:chat`: where messages go. */
  chat: string;
  /** `notifications:alertChat`: where is told that the flows themselves have failed. */
  alertChat: string;
  /** `notifications:commandChats`: chats that may ask with /plane. */
  commandChats: readonly string[];
  /** `notifications:timeZone`: of the digest's morning and of times in messages. */
  timeZone: string;
  /** `notifications:digest`: whether there is a digest at 8:00 (NOTIF-08). */
  digest: boolean;
}

/** What is measured of Plane, shown and told. */
export interface MonitoringSettings {
  /** `grafana:url` and `grafana:auth`; absent: no dashboards and no alert rules, only what collects for them. */
  grafana?: { url: string; auth: string };
  /** `monitoring:folder`: title of the folder of Grafana that takes dashboards and rules; it exists already. */
  folder: string;
  /** `monitoring:contactPoint`: the one of Grafana's that alerts go to; it exists already. */
  contactPoint: string;
  /** `monitoring:runbookUrl`: where docs/runbooks can be read, without a slash at the end; absent: paths in this project. */
  runbookUrl?: string;
}

/** What is saved every night (INFRA-05). */
export interface BackupSettings {
  /** `backup:passphrase`: secret; what archives are encrypted with; absent: one is made, and is an output. */
  passphrase?: string;
  /** `backup:time`: hours and minutes of the host's clock (UTC in the embedded platform), like `02:40`; before Zerobyte's pull at 03:00. */
  time: string;
  /** `backup:keep`: archives that stay on the host. */
  keep: number;
}

/** All of a stack's configuration, checked and with defaults filled in. */
export interface PlaneOpsConfig {
  /** `<project>/<stack>`. */
  stack: string;
  /** Marks what belongs to this stack: its name and its host folder, for two checkouts may have a stack of one name. */
  owner: string;
  /** `platform:mode`: look the platform up (`existing`) or create it (`embedded`). */
  mode: "embedded" | "existing";
  /** `platform:prefix`: first part of every container, network and volume name. */
  prefix: string;
  /** `platform:domain`: Plane answers at `work.<domain>`. */
  domain: string;
  /** `platform:root`: the folder on the Docker host that holds `configs/` and `data/`. */
  root: string;
  /** `platform:protect`: whether stateful things survive `pulumi destroy`. */
  protect: boolean;
  /** `platform:adopt`: take over what has our names but is not ours. */
  adopt: boolean;
  /** `platform:memoryBudget`, in MiB: the sum of limits above which a preview warns. */
  memoryBudget: number;
  /** `platform:subnetPrefix`: the first two numbers of the five networks' addresses. */
  subnetPrefix: string;
  /** `platform:allowedClients`: client ranges that may see Plane. */
  allowedClients: string[];
  /** `platform:publishAddress` and `platform:httpPort`: where the embedded Caddy listens. */
  publish: { address: string; port: number };
  /** `docker:host` and `docker:sshOpts`. */
  docker: DockerHost;
  /** `plane:deploy`: run Plane, or only reconcile what lives inside one that something else runs. */
  deploy: boolean;
  /** `plane:url`: where the program reaches Plane, when that is not where people do; no slash at the end. */
  planeUrl?: string;
  /** `plane:workspace` and `plane:workspaceName`. */
  workspace: { slug: string; name: string };
  /** `plane:adminEmail`: the human's account (AUTH-02). */
  adminEmail: string;
  /** `agents:emailDomain`: agents are `<agent_id>@<domain>`. */
  emailDomain: string;
  /** `agents:bridge`: whether the bridge, with a token file for each agent, is put where OpenClaw finds it. */
  bridge: boolean;
  agents: AgentSettings;
  /** `openclaw:*`; absent while `openclaw:enabled` is false: then there is no gateway, and its state stays. */
  openclaw?: OpenclawSettings;
  /** `notifications:*`; absent while `notifications:enabled` is false. */
  notifications?: NotificationSettings;
  /** `monitoring:*`; absent while `monitoring:enabled` is false. */
  monitoring?: MonitoringSettings;
  /** `backup:*`; absent while `backup:enabled` is false. */
  backup?: BackupSettings;
  /** `caddy:rateLimitModule`: whether the Caddy that is there limits requests (NOTIF-02). */
  rateLimitModule: boolean;
  /** `plane:onboarding`: whether the example project is there (PROV-02). */
  onboarding: boolean;
  /** `plane:rotateTokens`: accounts that get a new token. */
  rotateTokens: readonly string[];
  /** `plane:rotateWebhookSecret`. */
  rotateWebhookSecret: boolean;
  /** `plane:webhookUrl`, where n8n listens elsewhere than the platform says. */
  webhookUrl?: string;
  /** `plane:accounts`: secret; credentials of accounts that exist already. */
  accounts: Readonly<Record<string, Credentials>>;
  /** Secret values given by the user; wrap them in `pulumi.secret` before they become inputs. */
  secrets: { postgresqlPassword?: string; redisPassword?: string; secretKey?: string };
  /** `plane:version`: tag of the three Plane images. */
  planeVersion: string;
  /** `plane:apiRateLimit`: requests a minute for each API token. */
  apiRateLimit: number;
  /** `plane:redisDatabases`: logical databases for cache and broker. */
  redisDatabases: { cache: number; broker: number };
  /** `plane:gunicornWorkers`: processes that serve the API. */
  gunicornWorkers: number;
  /** `plane:limits` over the defaults of INFRA-06. */
  limits: Record<Service, Limit>;
  images: Images;
}

/** Whether this stack runs an n8n of its own: the embedded platform does, where notifications name no other. */
export function runsN8n({ mode, deploy, notifications }: PlaneOpsConfig): boolean {
  return mode === "embedded" && deploy && notifications !== undefined && notifications.n8n === undefined;
}

/** What the parser needs beside the values themselves. */
export interface ConfigContext {
  project: string;
  stack: string;
  /** The program's folder: the embedded platform keeps its host files below it. */
  directory: string;
  images: Images;
  /** Keys that are stored encrypted. */
  secretKeys: ReadonlySet<string>;
  /** `DOCKER_HOST` of the environment, where `docker:host` is not set. */
  dockerHost?: string;
}

/** Everything that is wrong with a stack's configuration, as one message for a person. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(stack: string, problems: string[]) {
    super(
      `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in the configuration of stack ` +
        `"${stack}"; nothing was touched.\n\n${problems.map((problem) => `- ${problem}`).join("\n")}`,
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Limits of INFRA-06; the rest as measured (contracts/plane: migrations need about 1 GB). */
const DEFAULT_LIMITS: Record<Service, Limit> = {
  api: { memory: 384, cpus: 0.5 },
  worker: { memory: 256, cpus: 0.25 },
  web: { memory: 256, cpus: 0.25 },
  admin: { memory: 64, cpus: 0.1 },
  migrator: { memory: 1024, cpus: 1 },
  minio: { memory: 256, cpus: 0.25 },
  postgresql: { memory: 256, cpus: 1 },
  redis: { memory: 128, cpus: 0.25 },
  caddy: { memory: 128, cpus: 0.25 },
  // Measured: 420 to 765 MB, and 160 for its task runner (contracts/n8n); ten minutes of two deliveries a second: 1002.
  n8n: { memory: 1280, cpus: 1 },
  vmagent: { memory: 64, cpus: 0.2 },
  postgres_exporter: { memory: 32, cpus: 0.1 },
  redis_exporter: { memory: 32, cpus: 0.1 },
  blackbox_exporter: { memory: 32, cpus: 0.1 },
  node_exporter: { memory: 32, cpus: 0.1 },
  container_exporter: { memory: 64, cpus: 0.1 },
  socket_proxy: { memory: 64, cpus: 0.1 },
  victoriametrics: { memory: 256, cpus: 0.5 },
  loki: { memory: 256, cpus: 0.5 },
  alloy: { memory: 256, cpus: 0.25 },
  backup: { memory: 256, cpus: 0.5 },
};

const flag = z.enum(["true", "false"]).transform((value) => value === "true");
const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);
const dollars = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,2})?$/)
  .transform(Number);
const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: "custom", message: "is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);

const octet = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
const address = new RegExp(`^(${octet}\\.){3}${octet}$`);
const cidr = z.string().regex(new RegExp(`^(${octet}\\.){3}${octet}/(3[0-2]|[12]?\\d)$`));
/** Docker's own way to write memory: `384m`, `1g`. Below 32 MiB nothing of ours starts. */
const memory = z
  .string()
  .regex(/^\d{1,6}[mg]$/)
  .transform((text) => Number(text.slice(0, -1)) * (text.endsWith("g") ? 1024 : 1))
  .refine((mebibytes) => mebibytes >= 32);
const limit = z.strictObject({ memory: memory.optional(), cpus: z.number().min(0.05).max(64).optional() });
const limits = z.strictObject(
  Object.fromEntries(Object.keys(DEFAULT_LIMITS).map((service) => [service, limit.optional()])) as Record<
    Service,
    z.ZodOptional<typeof limit>
  >,
);
const secret = z.string().min(8);
const listed = (list: string) => list.split(",").map((name) => name.trim());
const byRule = (rule: (value: string) => string | undefined) =>
  z.string().refine((value) => rule(value) === undefined);

/** What a prod platform's gateway has to reach (OPENCLAW-UPG-06). */
const SERVICES: Record<"existing" | "embedded", Record<string, string>> = {
  existing: {
    plane: "http://plane-api:8000/",
    litellm: "http://litellm:4000/health/liveliness",
    postgresql: "postgresql://postgresql:5432",
    qdrant: "http://qdrant:6333/readyz",
    n8n: "http://n8n:5678/healthz/readiness",
  },
  embedded: { plane: "http://plane-api:8000/", postgresql: "postgresql://postgresql:5432" },
};
const chat = z.string().regex(/^(-?\d{1,20}|@[A-Za-z]\w{3,31})$/);
const CHAT_ALLOWED =
  "a chat's id, or @name of a channel; a negative id goes last, after two dashes: -- -1001234567890";
const variables = z.record(z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/), z.string().regex(/^[^\r\n]+$/));

const AGENT_IDS: readonly string[] = AGENTS.map(({ agentId }) => agentId);
/** Accounts that have an API token: the agents, and n8n for its commands. */
export const TOKEN_ACCOUNTS: readonly string[] = [...AGENT_IDS, "n8n"].sort();
/** All accounts of this platform. */
export const ACCOUNTS: readonly string[] = [...TOKEN_ACCOUNTS, "bridge", "human"].sort();
const credentials = z.strictObject({ password: secret.optional(), token: secret.optional() });
const accounts = z.strictObject(
  Object.fromEntries(ACCOUNTS.map((account) => [account, credentials.optional()])),
);

/** One key: how it is parsed, and the words a person needs when it is wrong. */
interface Key<T extends z.ZodType = z.ZodType> {
  schema: T;
  allowed: string;
  example: string;
  secret?: true;
}

const key = <T extends z.ZodType>(schema: T, allowed: string, example: string): Key<T> => ({
  schema,
  allowed,
  example,
});
const secretKey = (allowed: string): Key<z.ZodOptional<typeof secret>> => ({
  schema: secret.optional(),
  allowed,
  example: "",
  secret: true,
});

const KEYS = {
  "platform:mode": key(
    z.enum(["embedded", "existing"]).default("embedded"),
    "embedded (create PostgreSQL, Redis, Caddy and networks) or existing (look them up)",
    "existing",
  ),
  "platform:prefix": key(
    z
      .string()
      .regex(/^[a-z][a-z0-9]{1,19}$/)
      .default("javisi"),
    "2 to 20 small letters and digits, a letter first",
    "javisi",
  ),
  "platform:domain": key(
    z
      .string()
      .max(200)
      .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/)
      .optional(),
    "a domain name without scheme, port or path",
    "ewutelo.cloud",
  ),
  "platform:root": key(
    z
      .string()
      .refine((path) => isAbsolute(path) && path !== "/" && !/[\s:'"$]/.test(path))
      .optional(),
    "an absolute folder on the Docker host, without spaces, quotes, $ and colons",
    "/opt/javisi",
  ),
  "platform:protect": key(flag.optional(), "true or false", "true"),
  "platform:adopt": key(flag.default(false), "true or false", "true"),
  "platform:memoryBudget": key(memory.default(2048), "a size of 32m or more, like 3072m or 4g", "3g"),
  "platform:subnetPrefix": key(
    z
      .string()
      .regex(new RegExp(`^(10\\.${octet}|172\\.(1[6-9]|2\\d|3[01])|192\\.168)$`))
      .default("172.20"),
    "two numbers of a private range: 10.x, 172.16 to 172.31, or 192.168",
    "172.20",
  ),
  "platform:allowedClients": key(
    json(z.array(cidr).min(1)).optional(),
    "a JSON list of IPv4 ranges",
    `'["100.64.0.0/10"]'`,
  ),
  "platform:publishAddress": key(
    z.string().regex(address).default("127.0.0.1"),
    "an IPv4 address",
    "127.0.0.1",
  ),
  "platform:httpPort": key(whole(1, 65535).default(8080), "a port from 1 to 65535", "8081"),
  "platform:postgresqlPassword": secretKey("the platform's PostgreSQL password, 8 characters or more"),
  "platform:redisPassword": secretKey("the platform's Redis password, 8 characters or more"),
  "plane:version": key(
    z
      .string()
      .regex(/^v\d+\.\d+\.\d+(-[a-z0-9.]+)?$/)
      .optional(),
    "an exact tag of Plane's images, like v1.3.1",
    "v1.3.1",
  ),
  "plane:apiRateLimit": key(
    z
      .string()
      .regex(/^[1-9]\d{0,5}\/minute$/)
      .transform((text) => Number.parseInt(text, 10))
      .default(100),
    "requests a minute for one token, like 100/minute",
    "100/minute",
  ),
  "plane:redisDatabases": key(
    json(
      z
        .strictObject({ cache: z.int().min(0).max(15), broker: z.int().min(0).max(15) })
        .refine((value) => value.cache !== value.broker),
    ).default({ cache: 8, broker: 9 }),
    "two different logical databases from 0 to 15",
    `'{"cache":8,"broker":9}'`,
  ),
  "plane:gunicornWorkers": key(whole(1, 16).default(1), "a number from 1 to 16", "1"),
  "plane:deploy": key(
    flag.default(true),
    "true (run Plane) or false (reconcile the one at plane:url, and nothing else)",
    "true",
  ),
  "plane:url": key(
    z
      .string()
      .regex(/^https?:\/\/[^/?#@\s]+$/)
      .optional(),
    "where the program reaches Plane: http(s)://host[:port], without path or slash at the end",
    "https://plane.example.org",
  ),
  "plane:workspace": key(
    byRule(rules.workspaceSlugProblem).default("javisi"),
    "a workspace's slug: letters, digits, - and _, at most 48, and none of Plane's own words",
    "javisi",
  ),
  "plane:workspaceName": key(
    byRule(rules.workspaceNameProblem).default("Javisi"),
    "a workspace's name: up to 80 characters, no URL",
    "Javisi",
  ),
  "plane:adminEmail": key(byRule(rules.emailProblem).optional(), "an e-mail address", "you@example.org"),
  "plane:onboarding": key(flag.default(true), "true or false", "false"),
  "plane:rotateTokens": key(
    z
      .string()
      .transform((text) => (text === "all" ? [...TOKEN_ACCOUNTS] : listed(text)))
      .refine((accounts) => accounts.every((name) => TOKEN_ACCOUNTS.includes(name)))
      .default([]),
    `all, or a list like imhotep,thot of ${TOKEN_ACCOUNTS.join(", ")}`,
    "all",
  ),
  "plane:rotateWebhookSecret": key(flag.default(false), "true or false", "true"),
  "plane:webhookUrl": key(
    byRule(rules.webhookUrlProblem).optional(),
    "an http(s) address whose host is localhost, an IP or has a dot",
    "https://work.ewutelo.cloud/webhooks/plane",
  ),
  "plane:accounts": {
    schema: json(accounts).default({}),
    allowed:
      `password and token (8 characters or more) of accounts that exist already: ${ACCOUNTS.join(", ")}; ` +
      "like --path 'plane:accounts.imhotep.token'",
    example: "",
    secret: true,
  } as Key<z.ZodDefault<ReturnType<typeof json<typeof accounts>>>>,
  "plane:secretKey": secretKey("the SECRET_KEY of a Plane that is taken over, 8 characters or more"),
  "plane:limits": key(
    json(limits).default({}),
    `memory (like 384m, at least 32m) and cpus (0.05 to 64) for ${Object.keys(DEFAULT_LIMITS).join(", ")}`,
    `--path 'plane:limits.api.memory' 512m`,
  ),
  "agents:emailDomain": key(
    z
      .string()
      .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/)
      .default("javisi.local"),
    "the domain of the agents' e-mail addresses",
    "javisi.local",
  ),
  // Off by default: the files hold tokens, and belong on a host whose OpenClaw keeps its agents in sandboxes.
  "agents:bridge": key(flag.default(false), "true or false", "true"),
  "agents:polling": key(
    z.enum(["plugin", "cron", "off"]).default("plugin"),
    "plugin (the bridge looks for work by itself), cron (OpenClaw's cron does) or off",
    "plugin",
  ),
  "agents:pollMinutes": key(whole(1, 1440).default(5), "minutes between two looks, from 1 to 1440", "5"),
  "agents:paused": key(
    z
      .string()
      .transform((text) => (text === "all" ? ["all"] : listed(text)))
      .refine((paused) => paused[0] === "all" || paused.every((name) => AGENT_IDS.includes(name)))
      .default([]),
    `all, or a list like imhotep,thot of ${AGENT_IDS.join(", ")}`,
    "all",
  ),
  "agents:budget": key(dollars.optional(), "dollars for a month, like 250 or 99.50", "250"),
  "agents:costPerHour": key(
    dollars.refine((value) => value > 0).default(2),
    "dollars for an hour of an agent's work, more than 0, like 2 or 1.50",
    "2",
  ),
  "openclaw:enabled": key(flag.default(false), "true or false", "true"),
  "openclaw:version": key(
    z.enum(OPENCLAW_VERSIONS).default("2026.2.26"),
    `one of ${OPENCLAW_VERSIONS.join(", ")}`,
    "2026.2.26",
  ),
  "openclaw:image": key(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9.:/_-]*[a-z0-9]$/)
      .refine((image) => !/:[^/]*$/.test(image))
      .default("ghcr.io/openclaw/openclaw"),
    "an image's name without a tag",
    "ghcr.io/openclaw/openclaw",
  ),
  "openclaw:configFile": key(
    z
      .string()
      .refine((path) => !isAbsolute(path) && !path.split("/").includes(".."))
      .optional(),
    "a JSON file below the project's folder",
    "openclaw.json",
  ),
  "openclaw:environment": {
    schema: json(variables).default({}),
    allowed:
      "values on one line for names like OPENAI_API_KEY; like --path 'openclaw:environment.OPENAI_API_KEY'",
    example: "",
    secret: true,
  } as Key<z.ZodDefault<ReturnType<typeof json<typeof variables>>>>,
  "openclaw:memory": key(memory.default(1536), "a size of 32m or more, like 1536m or 2g", "1536m"),
  "openclaw:cpus": key(
    z
      .string()
      .regex(/^\d{1,2}(\.\d{1,2})?$/)
      .transform(Number)
      .refine((cpus) => cpus >= 0.05 && cpus <= 64)
      .default(1),
    "CPUs from 0.05 to 64",
    "1",
  ),
  "openclaw:seccomp": key(
    z.enum(["default", "profile"]).default("default"),
    "default (Docker's own profile) or profile (the narrower one of this project)",
    "profile",
  ),
  "openclaw:logLevel": key(
    z.enum(["info", "debug"]).default("info"),
    "info, or debug (shows spawns)",
    "debug",
  ),
  "openclaw:services": key(
    json(
      z.record(z.string().regex(/^[a-z0-9-]+$/), z.string().regex(/^(https?|postgresql|tcp):\/\/[^@\s]+$/)),
    ).optional(),
    "a JSON map of names to addresses (http, https, postgresql or tcp) without credentials",
    `'{"litellm":"http://litellm:4000/health/liveliness"}'`,
  ),
  "openclaw:backupDate": key(z.iso.date().optional(), "a day like 2026-02-28", "2026-02-28"),
  "openclaw:keep": key(whole(1, 50).default(3), "a number from 1 to 50", "3"),
  "openclaw:rollbackState": key(
    z.enum(["keep", "restore"]).optional(),
    "keep (an older version goes on with the present state) or restore (it gets what it had when it was replaced)",
    "restore",
  ),
  "openclaw:scanGate": key(flag.default(false), "true or false", "true"),
  "notifications:enabled": key(flag.default(false), "true or false", "true"),
  "notifications:n8nUrl": key(
    z
      .string()
      .regex(/^https?:\/\/[^/?#@\s]+$/)
      .optional(),
    "where the program reaches n8n: http(s)://host[:port], without path or slash at the end",
    "https://mayi.ewutelo.cloud",
  ),
  "notifications:n8nApiKey": secretKey("an API key of that n8n (Settings, n8n API)"),
  "notifications:telegramToken": secretKey("the token that BotFather gave for the bot"),
  "notifications:telegramUrl": key(
    z
      .string()
      .regex(/^https?:\/\/[^?#@\s]+[^/?#@\s]$/)
      .default("https://api.telegram.org"),
    "where n8n reaches Telegram's Bot API, without a slash at the end",
    "https://api.telegram.org",
  ),
  "notifications:chat": key(chat.optional(), CHAT_ALLOWED, "987654321"),
  "notifications:alertChat": key(chat.optional(), CHAT_ALLOWED, "987654321"),
  "notifications:commandChats": key(
    json(z.array(chat).min(1)).optional(),
    "a JSON list of chats' ids",
    `'["-1001234567890"]'`,
  ),
  "notifications:timeZone": key(
    z
      .string()
      .refine((zone) => Intl.supportedValuesOf("timeZone").includes(zone) || zone === "UTC")
      .default("Europe/Paris"),
    "a time zone's name, like Europe/Paris or UTC",
    "Europe/Paris",
  ),
  "notifications:digest": key(flag.default(false), "true or false", "true"),
  "monitoring:enabled": key(flag.default(false), "true or false", "true"),
  "monitoring:folder": key(
    z.string().min(1).max(189).default("Javisi"),
    "title of a folder of Grafana",
    "Javisi",
  ),
  "monitoring:contactPoint": key(
    z.string().min(1).max(200).default("telegram-monitoring"),
    "name of a contact point of Grafana",
    "telegram-monitoring",
  ),
  "monitoring:runbookUrl": key(
    z
      .string()
      .regex(/^https?:\/\/[^?#@\s]+[^/?#@\s]$/)
      .optional(),
    "where docs/runbooks of this project can be read: http(s)://..., without a slash at the end",
    "https://git.example.org/plane-ops/docs/runbooks",
  ),
  "grafana:url": key(
    z
      .string()
      .regex(/^https?:\/\/[^/?#@\s]+$/)
      .optional(),
    "where the program reaches Grafana: http(s)://host[:port], without path or slash at the end",
    "https://tala.ewutelo.cloud",
  ),
  "grafana:auth": secretKey("a service account's token of that Grafana, with the role Editor"),
  "backup:enabled": key(flag.default(false), "true or false", "true"),
  "backup:passphrase": {
    schema: z
      .string()
      .min(16)
      .regex(/^[\x21-\x7e]+$/)
      .optional(),
    allowed: "16 or more letters, digits and signs, without spaces; keep a copy elsewhere",
    example: "",
    secret: true,
  } as Key<z.ZodOptional<z.ZodString>>,
  "backup:time": key(
    z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
      .default("02:40"),
    "hours and minutes of the host's clock",
    "02:40",
  ),
  "backup:keep": key(whole(2, 90).default(3), "archives that stay, from 2 to 90", "3"),
  "caddy:rateLimitModule": key(
    flag.default(false),
    "true (the platform's Caddy has the module http.handlers.rate_limit) or false",
    "true",
  ),
  "docker:host": key(
    z
      .string()
      .regex(/^(unix:\/\/\/\S+|ssh:\/\/([\w.-]+@)?[\w.-]+(:\d{1,5})?)$/)
      .optional(),
    "unix:///path/to/docker.sock or ssh://user@host:port",
    "ssh://deploy@203.0.113.10:804",
  ),
  "docker:sshOpts": key(
    json(z.array(z.string())).default([]),
    "a JSON list of ssh options",
    `'["-i","~/.ssh/id"]'`,
  ),
} satisfies Record<string, Key>;

type KeyName = keyof typeof KEYS;
type Values = { [K in KeyName]: z.output<(typeof KEYS)[K]["schema"]> };

/** Namespaces in which a key that we do not know is a mistake. */
const OUR_NAMESPACES = [
  "agents",
  "backup",
  "caddy",
  "monitoring",
  "notifications",
  "openclaw",
  "plane",
  "platform",
];

/**
 * Checks a stack's raw configuration and fills in defaults.
 * @param raw every key with its namespace; structured values as JSON text, as the engine hands them over.
 * @throws ConfigError with all problems at once, each with what was found, what is allowed and the command that
 * mends it; secret values are never repeated.
 */
export function parseConfig(raw: Readonly<Record<string, string>>, context: ConfigContext): PlaneOpsConfig {
  const problems: string[] = [];
  const say = (name: string, found: string, allowed: string, command: string) =>
    problems.push(`${name}: found ${found}; allowed: ${allowed}\n    ${command} --stack ${context.stack}`);

  for (const name of Object.keys(raw).sort()) {
    if (name in KEYS || !OUR_NAMESPACES.includes(name.split(":")[0] ?? "")) continue;
    const known = Object.keys(KEYS).filter((candidate) => candidate.startsWith(`${name.split(":")[0]}:`));
    say(name, "a key that does not exist", known.join(", "), `pulumi config rm ${name}`);
  }

  const values: Partial<Record<KeyName, unknown>> = {};
  for (const name of Object.keys(KEYS) as KeyName[]) {
    const { schema, allowed, example, secret }: Key = KEYS[name];
    const text = raw[name];
    const set = secret
      ? `pulumi config set --secret ${name}`
      : `pulumi config set ${example.startsWith("--path") ? example : `${name} ${example}`}`;
    if (secret && text !== undefined && !context.secretKeys.has(name)) {
      say(name, "a value in clear text", "an encrypted value", set);
      continue;
    }
    const result = schema.safeParse(text);
    if (result.success) {
      values[name] = result.data;
      continue;
    }
    const [issue] = result.error.issues;
    const path = [name, ...(issue?.path ?? [])].join(".");
    say(path, secret ? "a value that does not fit" : JSON.stringify(text), allowed, set);
  }

  const parsed = values as Values;
  const needed = (reason: string, names: KeyName[]) => {
    for (const name of names.filter((candidate) => raw[candidate] === undefined)) {
      const { allowed, example, secret }: Key = KEYS[name];
      const flags = secret ? `--secret ${name}` : `${name} ${example}`;
      say(name, "nothing", `${allowed} (${reason} needs it)`, `pulumi config set ${flags}`);
    }
  };
  const mode = parsed["platform:mode"];
  const deploy = parsed["plane:deploy"];
  if (deploy === false) needed("plane:deploy false", ["plane:url", "plane:adminEmail"]);
  else if (mode === "existing") {
    needed("platform:mode existing", [
      "platform:domain",
      "platform:postgresqlPassword",
      "platform:redisPassword",
      "plane:adminEmail",
    ]);
  }
  for (const account of parsed["plane:rotateTokens"] ?? []) {
    if (parsed["plane:accounts"]?.[account]?.token === undefined) continue;
    const found = `${account}, whose token stands in plane:accounts`;
    const allowed = "accounts whose tokens this stack makes itself";
    say("plane:rotateTokens", found, allowed, `pulumi config rm --path 'plane:accounts.${account}.token'`);
  }
  if (parsed["openclaw:enabled"] === true && parsed["agents:bridge"] === false) {
    const allowed =
      "true: the gateway's health is the bridge's to tell, and its agents work in Plane (openclaw:enabled needs it)";
    say("agents:bridge", "false", allowed, "pulumi config set agents:bridge true");
  }
  if (parsed["openclaw:enabled"] === true && parsed["plane:deploy"] === false) {
    say(
      "openclaw:enabled",
      "true beside plane:deploy false",
      "a gateway beside a Plane of this stack",
      "pulumi config set openclaw:enabled false",
    );
  }
  if (parsed["notifications:enabled"] === true && deploy === false) {
    say(
      "notifications:enabled",
      "true beside plane:deploy false",
      "notifications of a Plane of this stack",
      "pulumi config set notifications:enabled false",
    );
  }
  if (parsed["notifications:enabled"] === true) {
    needed("notifications:enabled", ["notifications:telegramToken", "notifications:chat"]);
    if (mode === "existing" || raw["notifications:n8nUrl"] !== undefined)
      needed("notifications:enabled", ["notifications:n8nUrl", "notifications:n8nApiKey"]);
  }
  for (const name of ["monitoring:enabled", "backup:enabled"] as const) {
    if (parsed[name] !== true || deploy !== false) continue;
    const allowed = "what this stack runs itself (plane:deploy true)";
    say(name, "true beside plane:deploy false", allowed, `pulumi config set ${name} false`);
  }
  if (parsed["monitoring:enabled"] === true && parsed["grafana:url"] !== undefined)
    needed("grafana:url", ["grafana:auth"]);
  const docker = parsed["docker:host"] ?? context.dockerHost ?? LOCAL_DOCKER;
  if (!KEYS["docker:host"].schema.safeParse(docker).success) {
    const { allowed, example } = KEYS["docker:host"];
    say("DOCKER_HOST", JSON.stringify(docker), allowed, `pulumi config set docker:host ${example}`);
  }
  if (problems.length > 0) throw new ConfigError(context.stack, problems);

  const stack = `${context.project}/${context.stack}`;
  const root = parsed["platform:root"] ?? (mode === "existing" ? "/opt/javisi" : hostFolder(context));
  const subnetPrefix = parsed["platform:subnetPrefix"];
  const planeVersion = parsed["plane:version"] ?? tagOf(context.images.planeBackend);
  return {
    stack,
    owner: `${stack} in ${root}`,
    mode,
    prefix: parsed["platform:prefix"],
    domain: parsed["platform:domain"] ?? "localhost",
    root,
    protect: parsed["platform:protect"] ?? (mode === "existing" || !deploy),
    adopt: parsed["platform:adopt"],
    memoryBudget: parsed["platform:memoryBudget"],
    subnetPrefix,
    // The frontend range is the host itself and what runs on it: Docker's proxy shows them as its gateway.
    allowedClients: parsed["platform:allowedClients"] ?? ["100.64.0.0/10", `${subnetPrefix}.1.0/24`],
    publish: { address: parsed["platform:publishAddress"], port: parsed["platform:httpPort"] },
    docker: { address: docker, sshOpts: parsed["docker:sshOpts"] },
    deploy,
    ...given("planeUrl", parsed["plane:url"]),
    workspace: { slug: parsed["plane:workspace"], name: parsed["plane:workspaceName"] },
    adminEmail: parsed["plane:adminEmail"] ?? `admin@${parsed["agents:emailDomain"]}`,
    emailDomain: parsed["agents:emailDomain"],
    bridge: parsed["agents:bridge"],
    agents: {
      polling: parsed["agents:polling"],
      pollMinutes: parsed["agents:pollMinutes"],
      paused: parsed["agents:paused"],
      ...given("budget", parsed["agents:budget"]),
      costPerHour: parsed["agents:costPerHour"],
    },
    ...(parsed["openclaw:enabled"] === true && { openclaw: openclawSettings(parsed, mode) }),
    ...(parsed["notifications:enabled"] === true && { notifications: notificationSettings(parsed) }),
    ...(parsed["monitoring:enabled"] === true && { monitoring: monitoringSettings(parsed) }),
    ...(parsed["backup:enabled"] === true && {
      backup: {
        ...given("passphrase", parsed["backup:passphrase"]),
        time: parsed["backup:time"],
        keep: parsed["backup:keep"],
      },
    }),
    rateLimitModule: parsed["caddy:rateLimitModule"],
    onboarding: parsed["plane:onboarding"],
    rotateTokens: parsed["plane:rotateTokens"],
    rotateWebhookSecret: parsed["plane:rotateWebhookSecret"],
    ...given("webhookUrl", parsed["plane:webhookUrl"]),
    accounts: parsed["plane:accounts"] as Record<string, Credentials>,
    secrets: {
      postgresqlPassword: parsed["platform:postgresqlPassword"],
      redisPassword: parsed["platform:redisPassword"],
      secretKey: parsed["plane:secretKey"],
    },
    planeVersion,
    apiRateLimit: parsed["plane:apiRateLimit"],
    redisDatabases: parsed["plane:redisDatabases"],
    gunicornWorkers: parsed["plane:gunicornWorkers"],
    limits: mergeLimits(parsed["plane:limits"]),
    images: withPlaneVersion(context.images, planeVersion),
  };
}

function openclawSettings(parsed: Values, mode: "embedded" | "existing"): OpenclawSettings {
  return {
    version: parsed["openclaw:version"],
    image: parsed["openclaw:image"],
    ...given("configFile", parsed["openclaw:configFile"]),
    environment: parsed["openclaw:environment"],
    limit: { memory: parsed["openclaw:memory"], cpus: parsed["openclaw:cpus"] },
    seccomp: parsed["openclaw:seccomp"],
    logLevel: parsed["openclaw:logLevel"],
    services: parsed["openclaw:services"] ?? SERVICES[mode],
    ...given("backupDate", parsed["openclaw:backupDate"]),
    keep: parsed["openclaw:keep"],
    ...given("rollbackState", parsed["openclaw:rollbackState"]),
    scanGate: parsed["openclaw:scanGate"],
  };
}

function notificationSettings(parsed: Values): NotificationSettings {
  const url = parsed["notifications:n8nUrl"];
  const chat = parsed["notifications:chat"] ?? "";
  return {
    ...(url !== undefined && { n8n: { url, apiKey: parsed["notifications:n8nApiKey"] ?? "" } }),
    telegramToken: parsed["notifications:telegramToken"] ?? "",
    telegramUrl: parsed["notifications:telegramUrl"],
    chat,
    alertChat: parsed["notifications:alertChat"] ?? chat,
    commandChats: parsed["notifications:commandChats"] ?? [chat],
    timeZone: parsed["notifications:timeZone"],
    digest: parsed["notifications:digest"],
  };
}

function monitoringSettings(parsed: Values): MonitoringSettings {
  const url = parsed["grafana:url"];
  return {
    ...(url !== undefined && { grafana: { url, auth: parsed["grafana:auth"] ?? "" } }),
    folder: parsed["monitoring:folder"],
    contactPoint: parsed["monitoring:contactPoint"],
    ...given("runbookUrl", parsed["monitoring:runbookUrl"]),
  };
}

function given<Name extends string, T>(name: Name, value: T | undefined): { [N in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [N in Name]: T });
}

function hostFolder(context: ConfigContext): string {
  return `${context.directory}/.plane-ops/host/${context.stack}`;
}

function mergeLimits(given: z.output<typeof limits>): Record<Service, Limit> {
  const services = Object.keys(DEFAULT_LIMITS) as Service[];
  return Object.fromEntries(
    services.map((service) => [service, { ...DEFAULT_LIMITS[service], ...given[service] }]),
  ) as Record<Service, Limit>;
}

function withPlaneVersion(images: Images, version: string): Images {
  const retag = (image: string) => `${image.slice(0, image.lastIndexOf(":"))}:${version}`;
  return {
    ...images,
    planeBackend: retag(images.planeBackend),
    planeFrontend: retag(images.planeFrontend),
    planeAdmin: retag(images.planeAdmin),
  };
}

function tagOf(image: string): string {
  return image.slice(image.lastIndexOf(":") + 1);
}
