/** The Grafana that dashboards and rules go to, and what has to be there already. */
export interface GrafanaNeeds {
  /** Without a slash at the end. */
  url: string;
  /** Secret; a service account's token. */
  auth: string;
  /** Title of the folder. */
  folder: string;
  contactPoint: string;
  /** Uids of data sources. */
  dataSources: readonly string[];
}

/** Longest that Grafana may take for an answer. */
const WITHIN_MS = 10_000;

class Refused extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

/** What stands in the way of dashboards and rules, each with the step that mends it; the token is never repeated. */
export async function grafanaProblems(needs: GrafanaNeeds): Promise<string[]> {
  const { url } = needs;
  try {
    const looks = [
      folderProblem(needs),
      contactPointProblem(needs),
      ...needs.dataSources.map((uid) => dataSourceProblem(needs, uid)),
    ];
    return (await Promise.all(looks)).filter((problem) => problem !== undefined);
  } catch (error) {
    if (error instanceof Refused && [401, 403].includes(error.status))
      return [
        `the Grafana at ${url} refuses the token: make one there (Administration, Service accounts, role Editor), then pulumi config set --secret grafana:auth`,
      ];
    if (error instanceof Refused)
      return [`the Grafana at ${url} answers with ${error.message}; its address is grafana:url`];
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return [
      `the Grafana at ${url} cannot be reached (${cause?.code ?? message}); its address is grafana:url`,
    ];
  }
}

async function folderProblem(needs: GrafanaNeeds): Promise<string | undefined> {
  const titles = (await ask<{ title: string }[]>(needs, "/api/folders?limit=1000")).map(({ title }) => title);
  if (titles.includes(needs.folder)) return undefined;
  return (
    `the Grafana at ${needs.url} has no folder "${needs.folder}", only ${listed(titles)}: ` +
    "make it there, or pulumi config set monitoring:folder <title>"
  );
}

async function contactPointProblem(needs: GrafanaNeeds): Promise<string | undefined> {
  const points = await asEditor(ask<{ name: string }[]>(needs, "/api/v1/provisioning/contact-points"));
  if (points === undefined) return undefined;
  const names = [...new Set(points.map(({ name }) => name))];
  if (names.includes(needs.contactPoint)) return undefined;
  return (
    `the Grafana at ${needs.url} has no contact point "${needs.contactPoint}", only ${listed(names)}: ` +
    "pulumi config set monitoring:contactPoint <name>"
  );
}

async function dataSourceProblem(needs: GrafanaNeeds, uid: string): Promise<string | undefined> {
  return asEditor(ask(needs, `/api/datasources/uid/${uid}`)).then(
    () => undefined,
    (error: unknown) => {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
      return `the Grafana at ${needs.url} has no data source with the uid ${uid}, which panels ask: give one that uid`;
    },
  );
}

/** Undefined where an editor may not look: Grafana itself says then what there is not. */
async function asEditor<T>(answer: Promise<T>): Promise<T | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof Refused && error.status === 403) return undefined;
    throw error;
  });
}

async function ask<T>({ url, auth }: GrafanaNeeds, path: string): Promise<T> {
  const response = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${auth}` },
    signal: AbortSignal.timeout(WITHIN_MS),
  });
  if (!response.ok) throw new Refused(response.status);
  return (await response.json()) as T;
}

function listed(names: string[]): string {
  return names.length === 0 ? "none" : names.sort().join(", ");
}
