/** Where output goes. */
export type Print = (text: string) => void;

/** Keeps the output of a second row of files together, until the first row's is at its end. */
export class Held {
  readonly #print: Print;
  #kept: string[] | undefined = [];

  constructor(print: Print) {
    this.#print = print;
  }

  print(text: string): void {
    if (this.#kept) this.#kept.push(text);
    else this.#print(text);
  }

  release(): void {
    this.#print(this.#kept?.join("") ?? "");
    this.#kept = undefined;
  }
}
