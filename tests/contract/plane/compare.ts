const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const WHOLE_UUID = new RegExp(`^${UUID.source}$`);
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(Z|[+-]\d\d:\d\d)$/;
const RANDOM = /^[0-9a-f]{32}$/;
/** Random and dated parts inside of a text: the key of a file in the store, the time and scope of a signature. */
const PASSING = [
  [/\b[0-9a-f]{32}\b/g, "<hex>"],
  [/\b\d{8}T\d{6}Z\b/g, "<time>"],
  [/(?<=\/|%2F)\d{8}(?=(\/|%2F)[\w-]*(\/|%2F)s3)/g, "<day>"],
] as const;
const PLACEHOLDER = /^<[\w-]+>$/;

/** Values that are random, count other work, or depend on when the worker came: only the kind is compared. */
const VOLATILE = new Set([
  "username",
  "token",
  "background_color",
  "logo_props",
  "instance_id",
  "secret_key",
  "csrf_token",
  "epoch",
  "total_cycles",
  "total_modules",
  "sequence_id",
  "storage_metadata",
  "last_login_ip",
  "last_login_uagent",
  "last_logout_ip",
]);

/** Values that a background task fills in or a moment decides: null or not. */
const NULLABLE = new Set([
  "message",
  "last_used",
  "last_login",
  "last_login_time",
  "last_logout_time",
  "last_active",
  "token_updated_at",
]);

/** Recorded ids and their counterparts of this run. */
export class Ids {
  readonly #live = new Map<string, string>();

  /** Text with all known recorded ids replaced. */
  translate(text: string): string {
    return text.replace(UUID, (id) => this.#live.get(id) ?? id);
  }

  /** Notes a pair; false if the recorded id is already known as another. */
  pair(recorded: string, live: string): boolean {
    const known = this.#live.get(recorded);
    if (known === undefined) this.#live.set(recorded, live);
    return known === undefined || known === live;
  }
}

/** Everything in which a live body differs from the recorded one. */
export function differences(
  recorded: unknown,
  live: unknown,
  ids: Ids,
  at = "body",
  nullable = "",
): string[] {
  const key =
    at
      .split(".")
      .at(-1)
      ?.replace(/\[\d+\]/g, "") ?? "";
  if (recorded === null || live === null) {
    return recorded === live || NULLABLE.has(key) || key === nullable
      ? []
      : [`${at}: ${show(recorded)} became ${show(live)}`];
  }
  if (Array.isArray(recorded) && Array.isArray(live)) {
    if (recorded.length !== live.length) return [`${at}: ${recorded.length} became ${live.length} items`];
    return recorded.flatMap((item, i) => differences(item, live[i], ids, `${at}[${i}]`));
  }
  if (typeof recorded === "object" && typeof live === "object") {
    const [a, b] = [recorded as Record<string, unknown>, live as Record<string, unknown>];
    const missing = Object.keys(a).filter((name) => !(name in b));
    const extra = Object.keys(b).filter((name) => !(name in a));
    if (VOLATILE.has(key)) return [];
    if (missing.length > 0 || extra.length > 0) return [`${at}: lacks ${missing}, has ${extra} too`];
    // The task that would send the e-mail writes the invitation again, without an author.
    const written = "invite_link" in a ? "created_by" : "";
    return Object.keys(a).flatMap((name) => differences(a[name], b[name], ids, `${at}.${name}`, written));
  }
  if (typeof recorded !== typeof live) return [`${at}: ${show(recorded)} became ${show(live)}`];
  if (typeof recorded === "string" && typeof live === "string") return text(recorded, live, ids, at, key);
  return recorded === live || VOLATILE.has(key) ? [] : [`${at}: ${recorded} became ${live}`];
}

function text(recorded: string, live: string, ids: Ids, at: string, key: string): string[] {
  if (WHOLE_UUID.test(recorded)) {
    const fits = WHOLE_UUID.test(live) && ids.pair(recorded, live);
    return fits ? [] : [`${at}: ${recorded} became ${live}`];
  }
  if (TIME.test(recorded)) {
    const zone = (time: string): string | undefined => TIME.exec(time)?.[2];
    return zone(recorded) === zone(live) || recorded === live ? [] : [`${at}: ${recorded} became ${live}`];
  }
  if (PLACEHOLDER.test(recorded) || VOLATILE.has(key)) return [];
  if (RANDOM.test(recorded) && RANDOM.test(live)) return [];
  return fits(recorded, live, ids) ? [] : [`${at}: ${show(recorded)} became ${show(live)}`];
}

/** True if a text is the recorded one with this run's ids; placeholders stand for anything. */
export function fits(recorded: string, live: string, ids: Ids): boolean {
  const [wanted, now] = [ids.translate(recorded), live].map((text) =>
    PASSING.reduce((all, [pattern, kind]) => all.replace(pattern, kind), text),
  ) as [string, string];
  const pattern = wanted
    .split(/<[\w-]+>/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^&]*");
  return wanted === now || new RegExp(`^${pattern}$`).test(now);
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 120) ?? "nothing";
}

/** A body without what differs from run to run: ids, times and numbers by kind, everything else as it is. */
export function outline(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(outline);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, VOLATILE.has(name) ? "<any>" : outline(inner)]),
    );
  }
  if (typeof value === "number") return "<number>";
  if (typeof value !== "string") return value;
  if (TIME.test(value)) return "<time>";
  return value.replace(UUID, "<id>");
}
