/** What was answered to a claim of one or several keys. */
interface ClaimAnswer {
  statusCode?: number;
  body?: unknown;
}

/** How often each key was counted, in the order in which they were claimed; undefined when nobody could count. */
export function countsOf(answer: ClaimAnswer | undefined): (number | undefined)[] {
  if (answer?.statusCode !== 200 || !Array.isArray(answer.body)) return [];
  return answer.body.map((entry) => {
    const [count] = Object.values((entry ?? {}) as Record<string, unknown>);
    return typeof count === "number" ? count : undefined;
  });
}
