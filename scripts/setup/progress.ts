/** Elapsed time for a person: `8 s`, `3 min 05 s`. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** A step that is under way. */
export interface Task {
  /** What it does right now, shown next to its elapsed time. */
  now(text: string): void;
  /** Ends it with the one line that stays. */
  done(line: string): void;
  /** Ends it without a line. */
  drop(): void;
}

/**
 * Shows steps that run side by side: on a terminal in one line that is redrawn every second, elsewhere as a line
 * per step about every ten seconds. Lines that stay are printed above.
 */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #tasks = new Map<symbol, { name: string; text: string; since: number; shown: number }>();
  #timer: NodeJS.Timeout | undefined;

  readonly #quiet: boolean;

  /** `quiet` shows only steps that take longer than three seconds, and the lines of those. */
  constructor(out: NodeJS.WriteStream = process.stdout, options: { quiet?: boolean } = {}) {
    this.#out = out;
    this.#quiet = options.quiet === true;
  }

  /** Prints a line that stays. */
  say(line: string): void {
    this.#clear();
    this.#out.write(`${line}\n`);
    this.#draw();
  }

  /** Starts a step called `name`. */
  begin(name: string, text = ""): Task {
    const key = Symbol(name);
    const now = Date.now();
    this.#tasks.set(key, { name, text, since: now, shown: now });
    this.#timer ??= setInterval(() => this.#tick(), 1000);
    this.#timer.unref();
    const end = () => {
      this.#tasks.delete(key);
      if (this.#tasks.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
    return {
      now: (next) => {
        const task = this.#tasks.get(key);
        if (task) task.text = next;
      },
      done: (line) => {
        end();
        if (!this.#quiet || Date.now() - now > 3000) this.say(`${name}: ${line}`);
      },
      drop: () => {
        end();
        this.#clear();
        this.#draw();
      },
    };
  }

  /** Ends all steps without a line, for instance after an error. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
    this.#tasks.clear();
  }

  #tick(): void {
    if (this.#out.isTTY) {
      this.#draw();
      return;
    }
    const now = Date.now();
    for (const task of this.#tasks.values()) {
      if (now - task.shown < 10_000) continue;
      task.shown = now;
      this.#out.write(`  ${describe(task, now)}\n`);
    }
  }

  #draw(): void {
    if (!this.#out.isTTY || this.#tasks.size === 0) return;
    const now = Date.now();
    const line = [...this.#tasks.values()].map((task) => describe(task, now)).join(" | ");
    this.#out.write(`\r\u001b[K${line.slice(0, (this.#out.columns || 80) - 1)}`);
  }

  #clear(): void {
    if (this.#out.isTTY && this.#tasks.size > 0) this.#out.write("\r\u001b[K");
  }
}

function describe(task: { name: string; text: string; since: number }, now: number): string {
  return `${task.name}: ${task.text ? `${task.text} … ` : ""}${elapsed(now - task.since)}`;
}
