/** Follows the engine's event stream (`--json`) and keeps what a person wants to know of it. */
export class EventReader {
  /** Errors and warnings of the last phase, in order, each once. */
  readonly errors: string[] = [];
  readonly warnings: string[] = [];
  /** How many resources were changed, by operation; filled when the update ends. */
  changes: Record<string, number> = {};
  /** Whether the preview found something to do: a resource to change, or another stack output. */
  due = false;
  /** Whether the preview has ended and the update begun. */
  previewed = false;
  /** Steps under way: URN to what is done to it. */
  readonly #running = new Map<string, string>();
  #done = 0;
  #phases = 0;

  /** Reads one line of output. Lines that are no event are ignored. */
  line(text: string): void {
    if (!text.startsWith('{"sequence"')) return;
    let event: RawEvent;
    try {
      event = JSON.parse(text) as RawEvent;
    } catch {
      return;
    }
    // Preview and update each begin with a prelude.
    if (event.preludeEvent && ++this.#phases === 2) {
      this.previewed = true;
      this.#done = 0;
      this.#running.clear();
      this.warnings.length = 0;
    }
    if (event.diagnosticEvent) this.#diagnostic(event.diagnosticEvent);
    const before = event.resourcePreEvent?.metadata;
    if (before) this.#running.set(before.urn, before.op);
    const after = event.resOutputsEvent?.metadata ?? event.resOpFailedEvent?.metadata;
    if (after && this.#running.delete(after.urn) && counts(after.op)) this.#done++;
    const outputs = event.resOutputsEvent?.metadata;
    if (outputs && !this.previewed && isStack(outputs.urn) && outputs.op === "same") {
      this.due ||= JSON.stringify(outputs.old?.outputs) !== JSON.stringify(outputs.new?.outputs);
    }
    if (event.summaryEvent) {
      this.changes = event.summaryEvent.resourceChanges ?? {};
      if (event.summaryEvent.isPreview) this.due ||= Object.keys(this.changes).some(counts);
    }
  }

  /** What happens right now, in a few words. */
  now(preview: string, update: string): string {
    const phase = this.previewed ? update : preview;
    const working = [...this.#running]
      .filter(([, op]) => counts(op))
      .map(([urn, op]) => `${op} ${nameOf(urn)}`);
    const more = working.length > 2 ? ` and ${working.length - 2} more` : "";
    return [phase, this.#done > 0 ? `${this.#done} done` : "", working.slice(0, 2).join(", ") + more]
      .filter(Boolean)
      .join(", ");
  }

  #diagnostic(event: NonNullable<RawEvent["diagnosticEvent"]>): void {
    const list =
      event.severity === "error" ? this.errors : event.severity === "warning" ? this.warnings : undefined;
    if (!list || event.ephemeral) return;
    const message = plain(event.message).trim();
    // Where a plugin was found is for those who debug set-up.
    if (!message || /^using pulumi-\S+ from \$PATH/.test(message)) return;
    const text = event.urn && !isStack(event.urn) ? `${nameOf(event.urn)}: ${message}` : message;
    if (!list.includes(text)) list.push(text);
  }
}

interface Metadata {
  op: string;
  urn: string;
  old?: { outputs?: object } | null;
  new?: { outputs?: object } | null;
}

interface RawEvent {
  preludeEvent?: object;
  diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
  resourcePreEvent?: { metadata: Metadata };
  resOutputsEvent?: { metadata: Metadata };
  resOpFailedEvent?: { metadata: Metadata };
  summaryEvent?: { isPreview?: boolean; resourceChanges?: Record<string, number> };
}

function counts(op: string): boolean {
  return op !== "same" && op !== "refresh" && op !== "read";
}

function isStack(urn: string): boolean {
  return urn.includes("::pulumi:pulumi:Stack::");
}

function nameOf(urn: string): string {
  return urn.split("::").pop() ?? urn;
}

/** A message without the engine's colour marks and terminal colours. */
export function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, "").replace(/\u001b\[[0-9;]*m/g, "");
}

/** What became of the resources, in a few words. `same` alone is "no change". */
export function describeChanges(changes: Record<string, number>): string {
  const words: Record<string, string> = {
    create: "created",
    update: "changed",
    delete: "removed",
    replace: "replaced",
    "create-replacement": "replaced",
  };
  const parts = Object.entries(changes)
    .filter(([op, count]) => words[op] && count > 0)
    .map(([op, count]) => `${count} ${words[op]}`);
  const same = changes.same ?? 0;
  if (parts.length === 0) return `no change (${same} resources)`;
  return [...parts, ...(same > 0 ? [`${same} unchanged`] : [])].join(", ");
}
