/**
 * What Plane takes, checked before it is asked: it would answer late, in its own words, or not at all (it accepts
 * colours that are none and languages that do not exist). Each check answers with one sentence (what was found, what
 * is allowed) or undefined. "Recorded" names a case of contracts/plane; "by code" was read in Plane 1.3.1.
 */
import { isIP, isIPv6 } from "node:net";
import { STATE_GROUPS } from "./projectSetup.ts";

/** Workspace and project roles, by the names that Plane's UI gives them. */
export const ROLES = { admin: 20, member: 15, guest: 5 } as const;
export type Role = (typeof ROLES)[keyof typeof ROLES];

/** Languages of Plane's UI, by code of its web page. The server takes any text and the page then falls back to en. */
export const LANGUAGES = "cs de en es fr id it ja ko pl pt-BR ro ru sk tr-TR ua vi-VN zh-CN zh-TW".split(" ");

/**
 * `api` is recorded (`workspace.create.restricted-slug`), the rest are first parts of paths that the official proxy
 * sends elsewhere. Plane has more such words; `GET /api/workspace-slug-check/?slug=` knows them all.
 */
const RESERVED_SLUGS = ["api", "auth", "god-mode", "live", "spaces", "static"];

/** At most 48 (by code); recorded: `workspace.create.bad-slug`. */
export function workspaceSlugProblem(slug: string): string | undefined {
  if (!/^[A-Za-z0-9_-]{1,48}$/.test(slug))
    return problem("workspace slug", slug, "1 to 48 letters, digits, - and _, like javisi");
  if (RESERVED_SLUGS.includes(slug.toLowerCase()))
    return problem(
      "workspace slug",
      slug,
      `a name that Plane does not need itself (not ${RESERVED_SLUGS.join(", ")})`,
    );
  return undefined;
}

/** At most 80 (by code), no URL: recorded `workspace.create.url-in-name`. */
export function workspaceNameProblem(name: string): string | undefined {
  return textProblem("workspace name", name, 80) ?? urlProblem("workspace name", name);
}

/** First and last name of an account: no URL (by code), at most 255. */
export function personNameProblem(name: string): string | undefined {
  return textProblem("person's name", name, 255) ?? urlProblem("person's name", name);
}

/** No special characters: recorded `project.create.special-chars`; which these are, by code. At most 255 (openapi). */
export function projectNameProblem(name: string): string | undefined {
  const special = [...new Set(name.match(/[!#$%&'()*+,.:;<=>?@^{|}-]/g))].join(" ");
  if (special !== "")
    return problem(
      "project name",
      name,
      `letters, digits, spaces, _ and / (Plane refuses ${special} and other punctuation, the hyphen and the apostrophe too)`,
    );
  return textProblem("project name", name, 255);
}

/** At most 12: recorded `project.create.long-identifier`; small letters become capitals: `.lowercase-identifier`. */
export function projectIdentifierProblem(identifier: string): string | undefined {
  return /^[A-Za-z0-9]{1,12}$/.test(identifier)
    ? undefined
    : problem(
        "project identifier",
        identifier,
        "1 to 12 letters and digits, like ONBOARD (Plane makes them capitals)",
      );
}

/** The server takes any text (recorded: `label.create.bad-color-accepted`), its pages do not. */
export function colorProblem(color: string): string | undefined {
  return /^#[0-9a-f]{6}$/i.test(color)
    ? undefined
    : problem("colour", color, "# and six hexadecimal digits, like #46A758");
}

/** Recorded: `invite.v1.create.bad-role`, `project.members.add.bad-role`. */
export function roleProblem(role: number): string | undefined {
  return Object.values<number>(ROLES).includes(role)
    ? undefined
    : problem("role", role, "20 (admin), 15 (member) or 5 (guest)");
}

/** Recorded: `invite.create.bad-email`. Plane stores addresses in small letters (by code), at most 255 (openapi). */
export function emailProblem(email: string): string | undefined {
  const local = "[a-z0-9!#$%&'*+/=?^_`{}|~-]+";
  const isAddress = new RegExp(`^${local}(\\.${local})*@(${LABEL}\\.)+${TOP_LABEL}$`).test(email);
  return isAddress && email.length <= 255
    ? undefined
    : problem("e-mail address", email, "name@domain.tld in small letters, like concierge@javisi.local");
}

/**
 * Plane asks for zxcvbn's score 3 of 4: recorded `bringup.instance-admin.sign-up.weak-password`. This is another
 * zxcvbn, with longer lists of passwords and no English words: on the margin it may refuse what Plane takes, or take
 * what Plane then refuses. The sentence does not hold the password.
 */
export async function passwordProblem(password: string): Promise<string | undefined> {
  // The lists take 50 ms and 24 MB, which a preview without passwords should not pay.
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
  ]);
  const { score } = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs }).check(password);
  return score >= 3
    ? undefined
    : `The password is too weak: strength ${score} of 4 found, 3 is what Plane asks for. Take four or more words that do not belong together, or 16 random characters.`;
}

const LABEL = "[a-z0-9\u00a1-\uffff]([a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?";
const TOP_LABEL = "(?!-)([a-z\u00a1-\uffff-]{2,63}|xn--[a-z0-9]{1,59})(?<!-)";

/**
 * Where Plane can send a webhook. Recorded: `webhook.create.ftp`, `.netloc-127`, `.no-dot-host-url`,
 * `webhook.allow.no-dot-allowed-host`, `.subdomain-of-api-host`. Whether the address is private, or Plane's own, is
 * for WEBHOOK_ALLOWED_HOSTS and WEBHOOK_ALLOWED_IPS, and not known here.
 */
export function webhookUrlProblem(url: string): string | undefined {
  const [, scheme, authority] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)\S*$/i.exec(url) ?? [];
  // A secret in the URL must not reach the message either.
  const found = url.replace(/\/\/[^/?#]*@/, "//***@");
  const wrong = (allowed: string) => problem("webhook URL", found, allowed);
  if (authority === undefined || !/^https?$/i.test(scheme!))
    return wrong("an http or https URL without spaces, like https://work.example.org/webhooks/plane");
  if (authority.includes("@")) return wrong("no user and password in the URL: Plane signs what it sends");
  if (url.length > 1024) return wrong("at most 1024 characters");
  if (authority === "localhost" || authority === "127.0.0.1")
    return wrong(
      "this machine's own address only with a port, like http://localhost:5678/x (Plane refuses it without)",
    );
  const [, host, , port] = /^(\[[^\]]*\]|[^:]*)(:(\d{1,5}))?$/.exec(authority) ?? [];
  if (host === undefined || Number(port ?? 1) > 65_535)
    return wrong("a host, or a host and a port up to 65535");
  const isHost =
    /^localhost$/i.test(host) ||
    isIP(host) === 4 ||
    (host.startsWith("[") && isIPv6(host.slice(1, -1))) ||
    (host.length <= 253 && new RegExp(`^(${LABEL}\\.)+${TOP_LABEL}\\.?$`, "i").test(host));
  return isHost
    ? undefined
    : wrong(
        "a host with a dot in it, an IP address, or localhost: Plane takes no bare name like n8n, so give n8n a name with a dot",
      );
}

/** Recorded: `state.create.bad-group`. */
export function stateGroupProblem(group: string): string | undefined {
  return (STATE_GROUPS as readonly string[]).includes(group)
    ? undefined
    : problem("state group", group, STATE_GROUPS.join(", "));
}

/** At most 255 (openapi). */
export function stateNameProblem(name: string): string | undefined {
  return textProblem("state name", name, 255);
}

/** At most 255: recorded `label.create.name-too-long`. Capitals count: `label.create.same-name-other-case`. */
export function labelNameProblem(name: string): string | undefined {
  return textProblem("label name", name, 255);
}

/** At most 255 (by code). Two tokens may have one label: recorded `token.create.duplicate-label`. */
export function tokenLabelProblem(label: string): string | undefined {
  return textProblem("token label", label, 255);
}

/** At most 255 (openapi). */
export function workItemNameProblem(name: string): string | undefined {
  return textProblem("work item name", name, 255);
}

/** Of labels, states, projects and work items. At most 255: recorded `work-item.external-id.256`. */
export function externalIdProblem(id: string): string | undefined {
  return textProblem("external id", id, 255);
}

/** Recorded: `user.patch.bad-timezone`, `project.patch.bad-timezone`. The server knows names, and no offsets. */
export function timeZoneProblem(zone: string): string | undefined {
  const wrong = problem(
    "time zone",
    zone,
    "a name of the time zone database with its capitals, like UTC or Europe/Paris",
  );
  // Intl takes +02:00 and europe/paris too.
  if (!/^[A-Z]/.test(zone)) return wrong;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return undefined;
  } catch {
    return wrong;
  }
}

/** The server takes any text: recorded `user.profile.patch.unknown-language`. */
export function languageProblem(language: string): string | undefined {
  return LANGUAGES.includes(language) ? undefined : problem("language", language, LANGUAGES.join(", "));
}

/** Plane cuts spaces off the ends, which would then differ from what was declared for ever. */
function textProblem(what: string, text: string, longest: number): string | undefined {
  if (text.length >= 1 && [...text].length <= longest && text.trim() === text && !text.includes("\0"))
    return undefined;
  return problem(what, text, `1 to ${longest} characters without spaces at the ends`);
}

/** What Plane takes for a URL is wide: `Node.js` is one, and so is 10.0.0.1. */
function urlProblem(what: string, text: string): string | undefined {
  const octet = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
  const url = new RegExp(
    `https?://\\S|www\\.[a-z0-9]|[a-z0-9]\\.[a-z]{2}|\\d\\.${octet}\\.${octet}\\.\\d`,
    "i",
  );
  return url.test(text)
    ? problem(what, text, "words without a URL (Plane takes a dot between two words for one)")
    : undefined;
}

function problem(what: string, found: unknown, allowed: string): string {
  const text = String(found);
  const short = text.length > 60 ? `${text.slice(0, 59)}… (${[...text].length} characters)` : text;
  return `The ${what} is "${short}"; allowed: ${allowed}.`;
}
