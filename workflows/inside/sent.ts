/** A message that waits, as the table has it. */
interface Waiting {
  id: number;
  tries: number;
}

/** The first after half a minute, then at growing distances up to half an hour: Telegram may be away for long. */
const FIRST_MS = 30_000;
const LONGEST_MS = 30 * 60_000;

/** What became of each message. */
export function run(items: object[], from: (node: string) => object[]): object[] {
  return (from("In") as Waiting[]).map(({ id, tries }, index) => {
    const error = errorOf(items[index]);
    if (error === undefined) return { id, state: "sent", why: "", tries: tries + 1, due: 0 };
    // What Telegram will never take is not tried for ever; a person finds it here.
    if (/can't parse entities|chat not found|Bad Request/i.test(error))
      return { id, state: "refused", why: error, tries: tries + 1, due: 0 };
    const wait = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS);
    return { id, state: "waiting", why: error, tries: tries + 1, due: Date.now() + wait };
  });
}

function errorOf(item: object | undefined): string | undefined {
  const { error } = (item ?? { error: "no answer" }) as { error?: unknown };
  if (error === undefined) return undefined;
  const { message, description } = (typeof error === "object" ? error : { message: error }) as Record<
    string,
    unknown
  >;
  return [message, description]
    .filter((text) => typeof text === "string")
    .join(" ")
    .slice(0, 500);
}
