import { masked } from "./masked.ts";

/** A message that waits, as the table has it. */
interface Waiting {
  id: number;
  tries: number;
}

/** The first after half a minute, then at growing distances up to half an hour: Telegram may be away for long. */
const FIRST_MS = 30_000;
const LONGEST_MS = 30 * 60_000;

/** A day of refusals: then it is left to a person, who finds it in the table. An outage is waited out, however long. */
const MOST_REFUSALS = 50;

/** What became of a message; a refusal is told when it is the first, and when it was the last. */
export function run(items: object[], from: (node: string) => object[], settings: { row: string }): object[] {
  const [{ id, tries } = { id: 0, tries: 0 }] = from(settings.row) as Waiting[];
  const error = errorOf(items[0]);
  const outcome = { id, tries: tries + 1, why: error ?? "", alert: false };
  if (error === undefined) return [{ ...outcome, state: "sent", due: 0 }];
  // A wrong chat, or markup that Telegram does not read: soon once more would be of no use.
  const isRefused = /Bad Request|Forbidden|Unauthorized|Not Found/i.test(error);
  const growing = Math.min(FIRST_MS * 2 ** tries, LONGEST_MS);
  const wait = isRefused ? LONGEST_MS : Math.max(growing, askedMs(error));
  const isLast = isRefused && tries >= MOST_REFUSALS;
  const alert = isLast || (isRefused && tries === 0);
  return [{ ...outcome, alert, state: isLast ? "refused" : "waiting", due: Date.now() + wait }];
}

/** How long Telegram asks to be left alone, in the words that n8n hands on: who comes sooner waits longer still. */
function askedMs(error: string): number {
  return Number(/retry after (\d{1,5})/i.exec(error)?.[1] ?? 0) * 1000;
}

function errorOf(item: object | undefined): string | undefined {
  const { error } = (item ?? { error: "no answer" }) as { error?: unknown };
  if (error === undefined) return undefined;
  const { message, description } = (typeof error === "object" ? error : { message: error }) as Record<
    string,
    unknown
  >;
  return masked([message, description].filter((text) => typeof text === "string").join(" ")).slice(0, 500);
}
