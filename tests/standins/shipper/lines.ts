/** A line of a container, and when it was printed. */
export interface Line {
  /** Nanoseconds since 1970, as Loki wants them. */
  at: string;
  text: string;
}

const HEADER = 8;

/** Takes Docker's log stream apart: frames of a header and some bytes, in which lines begin with their time. */
export class Lines {
  #frames = Buffer.alloc(0);
  #text = "";

  /** Whole lines that the chunk completes. */
  read(chunk: Buffer): Line[] {
    this.#frames = Buffer.concat([this.#frames, chunk]);
    while (this.#frames.length >= HEADER) {
      const end = HEADER + this.#frames.readUInt32BE(4);
      if (this.#frames.length < end) break;
      this.#text += this.#frames.subarray(HEADER, end).toString("utf8");
      this.#frames = this.#frames.subarray(end);
    }
    const lines = this.#text.split("\n");
    this.#text = lines.pop() ?? "";
    return lines.flatMap((line) => {
      const space = line.indexOf(" ");
      const at = nanoseconds(line.slice(0, space));
      return at === undefined ? [] : [{ at, text: line.slice(space + 1) }];
    });
  }
}

/** `2026-01-02T03:04:05.000000006Z` in nanoseconds since 1970. */
function nanoseconds(time: string): string | undefined {
  const match = /^(.+?)(?:\.(\d+))?Z$/.exec(time);
  const milliseconds = Date.parse(`${match?.[1]}Z`);
  if (match === null || Number.isNaN(milliseconds)) return undefined;
  return `${milliseconds / 1000}${(match[2] ?? "").padEnd(9, "0").slice(0, 9)}`;
}
