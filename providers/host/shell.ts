/** Quotes a text as one word of a POSIX shell command. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command line of quoted words. */
export function shellWords(words: string[]): string {
  return words.map(shellQuote).join(" ");
}
