import { Problem } from "../setup/problem.ts";
import { lastLines, run } from "../setup/run.ts";
import type { Person } from "./beside.ts";
import type { OnStack } from "./onStack.ts";

interface Outputs {
  accounts: { what: string; user: string }[];
  conciergePassword: string;
  tokens: Record<string, string>;
}

/** The concierge, who is in every project, by the stack's outputs. */
export async function concierge({ stack, paths, env }: OnStack): Promise<Person> {
  const args = ["stack", "output", "--json", "--show-secrets", "-s", stack, "--non-interactive"];
  const { code, stdout, stderr } = await run("pulumi", args, { cwd: paths.root, env });
  if (code !== 0)
    throw new Problem(`The outputs of stack ${stack} cannot be read: ${lastLines(stderr || stdout, 3)}`);
  const { accounts, conciergePassword, tokens } = JSON.parse(stdout) as Outputs;
  const email = accounts.find(({ what }) => what === "Plane, concierge")?.user;
  const token = tokens["concierge"];
  if (email === undefined || token === undefined)
    throw new Problem(
      `Stack ${stack} was never brought up to its end: npm start, or up --refresh of another stack`,
    );
  return { email, password: conciergePassword, token };
}
