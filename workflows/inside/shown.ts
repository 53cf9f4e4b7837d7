interface Step {
  issue: string;
  html: string;
  message: number;
}

/** Columns of the work item once its live message shows what it is to show; none when Telegram did not take it. */
export function run(items: object[], from: (node: string) => object[]): object[] {
  const [step] = from("Step") as Step[];
  const { error, result } = (items[0] ?? {}) as { error?: unknown; result?: { message_id?: number } };
  const text = JSON.stringify(error ?? "");
  // That it shows so already is what an answer that got lost leaves behind.
  if (step === undefined || (error !== undefined && !text.includes("message is not modified"))) return [];
  const message = result?.message_id ?? step.message;
  return [{ issue: step.issue, shown: step.html, message, editedAt: Date.now() }];
}
