import { ConfigError, type PlaneOpsConfig, parseConfig } from "../../config.ts";
import { readVersions } from "../../versions.ts";
import { type Paths, projectName } from "../setup/paths.ts";
import { Problem } from "../setup/problem.ts";
import { lastLines, run } from "../setup/run.ts";

interface Value {
  value: string;
  secret: boolean;
}

/** A stack's configuration, as the program itself would read it. Throws a Problem when it is wrong. */
export async function stackConfiguration(
  paths: Paths,
  env: NodeJS.ProcessEnv,
  stack: string,
): Promise<PlaneOpsConfig> {
  const args = ["config", "--json", "--show-secrets", "-s", stack, "--non-interactive"];
  const { code, stdout, stderr } = await run("pulumi", args, { cwd: paths.root, env });
  if (code !== 0)
    throw new Problem(
      `The configuration of stack ${stack} cannot be read: ${lastLines(stderr || stdout).trim()}\n` +
        "Which stacks there are: npm run pulumi -- stack ls; another one is named by --stack <name>",
    );
  const values = Object.entries(JSON.parse(stdout) as Record<string, Value>);
  try {
    return parseConfig(Object.fromEntries(values.map(([name, { value }]) => [name, value])), {
      project: projectName,
      stack,
      directory: paths.root,
      images: readVersions().images,
      secretKeys: new Set(values.filter(([, { secret }]) => secret).map(([name]) => name)),
      dockerHost: process.env.DOCKER_HOST,
    });
  } catch (error) {
    throw error instanceof ConfigError ? new Problem(error.message) : error;
  }
}
