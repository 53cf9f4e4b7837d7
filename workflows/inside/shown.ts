interface Step {
  issue: string;
  html: string;
  message: number;
}

/** What Telegram says of an edit to a message that a person has deleted. */
const GONE = /message to edit not found|message can't be edited|MESSAGE_ID_INVALID/i;

/** Columns of the work item once its live message shows what it is to show; none when Telegram did not take it. */
export function run(items: object[], from: (node: string) => object[]): object[] {
  const [step] = from("Step") as Step[];
  const { error, result } = (items[0] ?? {}) as { error?: unknown; result?: { message_id?: number } };
  const text = JSON.stringify(error ?? "");
  if (step === undefined) return [];
  const { issue, html } = step;
  // Tried again and again it would keep the schedule from the others: the next change is a message of its own.
  if (GONE.test(text)) return [{ issue, shown: html, message: 0, editedAt: 0 }];
  // That it shows so already is what an answer that got lost leaves behind.
  if (error !== undefined && !text.includes("message is not modified")) return [];
  return [{ issue, shown: html, message: result?.message_id ?? step.message, editedAt: Date.now() }];
}
