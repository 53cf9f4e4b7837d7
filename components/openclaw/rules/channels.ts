import { at, isObject, type Json } from "../configuration.ts";
import { compareVersions, type OpenclawVersion } from "../version.ts";
import { problem, shown } from "./problem.ts";

/** One account of a channel, with what it inherits from the channel. */
export interface Account {
  path: string;
  settings: Json;
}

/** The channels of a configuration, and their accounts with what they inherit. */
export function accountsOf(configuration: Json): Account[] {
  return channelsOf(configuration).flatMap(([name, channel]) => {
    const { accounts, ...shared } = channel;
    const own = Object.entries(isObject(accounts) ? accounts : {}).flatMap(([account, settings]) =>
      isObject(settings)
        ? [{ path: `channels.${name}.accounts.${account}`, settings: { ...shared, ...settings } }]
        : [],
    );
    return [{ path: `channels.${name}`, settings: shared }, ...own];
  });
}

/** Channels that are in use, by their names. */
export function channelsOf(configuration: Json): [string, Json][] {
  const channels = at(configuration, "channels");
  return Object.entries(isObject(channels) ? channels : {}).filter(
    (entry): entry is [string, Json] =>
      isObject(entry[1]) && entry[0] !== "defaults" && entry[1]["enabled"] !== false,
  );
}

/** Whether a channel's account lets only listed people write to it, and lists nobody (OPENCLAW-UPG-14). */
export function listsNobody({ settings }: Account): boolean {
  return settings["dmPolicy"] === "allowlist" && people(settings["allowFrom"]).length === 0;
}

/** Whether Telegram's groups are set up and nobody may speak in them, by 2026.2.25's rule. */
export function silencesGroups({ path, settings }: Account): boolean {
  const { groups, groupPolicy, groupAllowFrom, allowFrom } = settings;
  return (
    path.startsWith("channels.telegram") &&
    isObject(groups) &&
    Object.keys(groups).length > 0 &&
    groupPolicy !== "open" &&
    groupPolicy !== "disabled" &&
    // The direct messages' list stands in for the groups', as seen in both versions' code.
    people(groupAllowFrom ?? allowFrom).length === 0 &&
    !Object.values(groups).some((group) => isObject(group) && letsSomebodySpeak(group))
  );
}

/** Who may write: what a gateway refuses, or drops without a word. */
export function channelProblems(version: OpenclawVersion, configuration: Json): string[] {
  const accounts = accountsOf(configuration);
  return [
    ...accounts
      .filter(listsNobody)
      .map(({ path, settings }) =>
        problem(
          `${path}.allowFrom`,
          `${shown(path, settings["allowFrom"])} beside dmPolicy "allowlist"`,
          compareVersions(version, "2026.2.26") < 0
            ? `at least one sender's id: ${version} starts, and drops every direct message without a word`
            : `at least one sender's id: ${version} does not start without`,
          `edit ${path}.allowFrom in the file of openclaw:configFile: your own numeric id, like [123456789]`,
        ),
      ),
    ...accounts
      .filter(
        ({ settings }) => settings["dmPolicy"] === "open" && !people(settings["allowFrom"]).includes("*"),
      )
      .map(({ path, settings }) =>
        problem(
          `${path}.allowFrom`,
          `${shown(path, settings["allowFrom"])} beside dmPolicy "open"`,
          'a list with "*"',
        ),
      ),
    ...accounts
      .filter(({ settings }) => settings["webhookUrl"] && !settings["webhookSecret"])
      .map(({ path }) =>
        problem(
          `${path}.webhookSecret`,
          "nothing beside webhookUrl",
          'a reference like "${TELEGRAM_WEBHOOK_SECRET}": the gateway does not start without',
          `pulumi config set --secret --path 'openclaw:environment.TELEGRAM_WEBHOOK_SECRET', ` +
            `then add ${path}.webhookSecret to the file of openclaw:configFile`,
        ),
      ),
    ...accounts
      .filter((account) => compareVersions(version, "2026.2.25") >= 0 && silencesGroups(account))
      .map(({ path }) =>
        problem(
          `${path}.groupAllowFrom`,
          "nobody, beside groups",
          "at least one sender's id here, or as allowFrom of a group: since 2026.2.25 all others are dropped",
        ),
      ),
  ];
}

function letsSomebodySpeak(group: Json): boolean {
  const topics = Object.values(isObject(group["topics"]) ? group["topics"] : {}).filter(isObject);
  return [group, ...topics].some(
    ({ allowFrom, groupPolicy }) => groupPolicy === "open" || people(allowFrom).length > 0,
  );
}

function people(list: unknown): unknown[] {
  return Array.isArray(list) ? list.filter((person) => String(person).trim() !== "") : [];
}
