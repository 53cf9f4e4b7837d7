/** A GET to make: path below `/api/v1/workspaces/<slug>/`, with its query. */
export type Need = string;

/** What came back. */
export interface Answer {
  /** HTTP status; 0 when no answer came. */
  status: number;
  /** The JSON of the body. */
  body: unknown;
}

/** Everything that was asked for so far. */
export type Answers = Readonly<Record<Need, Answer>>;

/** Why nothing can be said: a French sentence with the next step. */
export interface Problem {
  problem: string;
}

/** A value out of answers, or what has to be asked for first, or why there is none. */
export type Reading<T> = { value: T } | { needs: Need[] } | Problem;

/** An object of the API's; what it holds is checked where it is used. */
export type Entry = Readonly<Record<string, unknown>>;

/** The server's maximum (contracts/plane: 1001 is a 400): a project is one request, or a few. */
const PER_PAGE = 1000;

/**
 * The entries of a list, page by page.
 * @param path the list, ending in `/`.
 */
export function listOf(answers: Answers, path: string, query: Record<string, string>): Reading<Entry[]> {
  const entries: Entry[] = [];
  for (let page = 0; ; page++) {
    const need = `${path}?${queryOf({
      ...query,
      per_page: String(PER_PAGE),
      ...(page === 0 ? {} : { cursor: `${PER_PAGE}:${page}:0` }),
    })}`;
    const reading = bodyOf(answers, need);
    if (!("value" in reading)) return reading;
    const { results, next_page_results } = reading.value;
    if (!Array.isArray(results)) return STRANGE;
    entries.push(...results.filter(isEntry));
    if (next_page_results !== true) return { value: entries };
  }
}

/** The object that a call answers with. */
export function bodyOf(answers: Answers, need: Need): Reading<Entry> {
  const answer = answers[need];
  if (answer === undefined) return { needs: [need] };
  if (answer.status !== 200) return { problem: problemOf(answer.status) };
  return isEntry(answer.body) ? { value: answer.body } : STRANGE;
}

/** All readings, or everything that they still need, so that it is asked for at once; the first problem goes before. */
export function together<T extends readonly unknown[]>(
  readings: readonly [...{ [At in keyof T]: Reading<T[At]> }],
): Reading<T> {
  const values: unknown[] = [];
  const needs: Need[] = [];
  for (const reading of readings as readonly Reading<unknown>[]) {
    if ("problem" in reading) return reading;
    if ("needs" in reading) needs.push(...reading.needs);
    else values.push(reading.value);
  }
  return needs.length > 0 ? { needs } : { value: values as unknown as T };
}

const STRANGE: Problem = {
  problem: "⚠️ La réponse de Plane est inattendue. Sa version a-t-elle changé ? Voir le journal de plane-api.",
};

function problemOf(status: number): string {
  if (status === 429) return "⏳ Plane reçoit trop de demandes. Réessayez dans une minute.";
  if (status === 401 || status === 403) {
    return "🔑 Plane refuse l'accès au compte n8n. Son jeton est-il révoqué ? « pulumi up --refresh » le vérifie et le répare.";
  }
  if (status === 404) return "⚠️ Plane ne trouve plus ce qui est demandé. Réessayez.";
  return "⚠️ Plane ne répond pas. Réessayez dans quelques minutes ; si cela dure, vérifiez le conteneur plane-api.";
}

function queryOf(query: Record<string, string>): string {
  return Object.entries(query)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
