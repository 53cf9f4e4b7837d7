import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline/promises";
import { Problem } from "../setup/problem.ts";
import type { Place } from "./place.ts";

/**
 * Asks whether Plane's data may be exchanged.
 * @param without the command that does not ask.
 * @throws Problem when the answer is no, or nobody is there.
 */
export async function confirm(
  { database, container }: Place,
  archive: string,
  without: string,
): Promise<void> {
  if (!stdin.isTTY) throw new Problem(`Nobody is there to ask. Without asking: ${without}`);
  const terminal = createInterface({ input: stdin, output: stdout });
  const answer = await terminal.question(
    `${container.worker} and ${container.api} are stopped, and ${database} becomes what ${archive} holds; ` +
      "the present one is kept beside it. Go on? [y/N] ",
  );
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Problem("Plane was not touched.");
}
