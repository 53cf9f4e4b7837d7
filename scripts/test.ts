import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { run as runTests } from "node:test";
import { spec } from "node:test/reporters";
import { command } from "./command.ts";
import { setUp } from "./setup/index.ts";
import { pathsOf } from "./setup/paths.ts";
import { Problem } from "./setup/problem.ts";
import { elapsed, Progress } from "./setup/progress.ts";
import { run } from "./setup/run.ts";
import { Held, type Print } from "./test/held.ts";

/** The groups in the order they run. */
const groups: { name: string; asked?: true }[] = [
  { name: "unit" },
  { name: "contract" },
  { name: "engine" },
  { name: "e2e" },
  // A day by chance, another one each time: only when it is asked for by name.
  { name: "simulation", asked: true },
  // What takes images that only some stacks run.
  { name: "ondemand", asked: true },
];

/**
 * The first words of a test file that may run while another one does: its servers, containers and ports have names of
 * their own. All others share a stack's fixed names, networks and ports, and run one after another.
 */
const BESIDE = "// Runs beside others:";

await command(async (signal, args) => {
  const started = Date.now();
  const paths = pathsOf();
  const progress = new Progress();
  const chosen = groups
    .filter(({ asked }) => args.length > 0 || asked !== true)
    .map((group) => ({ ...group, files: filesOf(paths.root, group.name, args) }));
  if (chosen.every(({ files }) => files.length === 0)) {
    throw new Problem(
      `No test matches ${args.join(" ")}. Allowed: ${groups.map(({ name }) => name).join(", ")}, or files and folders below tests/`,
    );
  }
  let passed = 0;
  let failed = 0;
  const count = async (title: string, files: string[], concurrency: number, print: Print) => {
    if (files.length === 0 || signal.aborted) return;
    const result = await runFiles(title, files, concurrency, signal, print);
    passed += result.passed;
    failed += result.failed;
  };
  // Types, style and unit tests need none of what set-up builds meanwhile.
  const ready = chosen.some(({ name, files }) => name !== "unit" && files.length > 0)
    ? setUp(paths, progress, signal)
    : Promise.resolve();
  ready.catch(() => {});
  if (args.length === 0) {
    for (const [name, program, rest] of [
      ["types", "tsc", ["--noEmit"]],
      ["style", "biome", ["ci", "."]],
    ] as const) {
      const ok = await check(name, program, [...rest], progress, signal);
      if (ok) passed++;
      else failed++;
    }
  }
  const print = (text: string) => void process.stdout.write(text);
  const [unit, ...rest] = chosen;
  if (unit) await count("tests/unit", unit.files, 2, print);
  try {
    await ready;
    process.env.PATH = [paths.bin, process.env.PATH].join(path.delimiter);
    process.env.PULUMI_HOME = paths.pulumiHome;
    process.env.PULUMI_SKIP_UPDATE_CHECK = "true";
    if (args.length === 0)
      void run(process.execPath, ["tests/support/fetchPrograms.ts"], { cwd: paths.root, signal });
    const isBeside = (file: string) => readFileSync(path.join(paths.root, file), "utf8").startsWith(BESIDE);
    const beside = rest.flatMap(({ files }) => files).filter(isBeside);
    const second = new Held(print);
    const alone = async () => {
      for (const { name, files } of rest) {
        const inTurn = files.filter((file) => !isBeside(file));
        await count(`tests/${name}`, inTurn, 1, print);
      }
    };
    await Promise.all([
      alone().finally(() => second.release()),
      count("Tests beside these", beside, 1, (text) => second.print(text)),
    ]);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    failed++;
    progress.say(`\nSet-up failed, so the tests that need it did not run:\n${error.message}`);
  }
  progress.stop();
  if (signal.aborted) progress.say("Stopped.");
  console.log(`\n${elapsed(Date.now() - started)} in all`);
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && !signal.aborted ? 0 : 1;
});

/** The test files of a group that the arguments ask for; all of them without arguments. */
function filesOf(root: string, group: string, args: string[]): string[] {
  const all = globSync(`tests/${group}/**/*.test.ts`, { cwd: root }).sort();
  if (args.length === 0 || args.includes(group)) return all;
  const wanted = args.filter((arg) => !groups.some(({ name }) => name === arg));
  return all.filter((file) =>
    wanted.some((arg) => {
      const full = path.resolve(root, arg);
      const target = path.resolve(root, file);
      return (
        target === full ||
        (existsSync(full) && statSync(full).isDirectory() && target.startsWith(full + path.sep))
      );
    }),
  );
}

async function check(
  name: string,
  program: string,
  args: string[],
  progress: Progress,
  signal: AbortSignal,
): Promise<boolean> {
  const task = progress.begin(name, `${program} ${args.join(" ")}`);
  const answer = await run(program, args, { signal });
  if (answer.code === 0) task.done("clean");
  else {
    task.done(`${program} ${args.join(" ")} failed`);
    progress.say(answer.stdout + answer.stderr);
  }
  return answer.code === 0;
}

async function runFiles(
  title: string,
  files: string[],
  concurrency: number,
  signal: AbortSignal,
  print: Print,
): Promise<{ passed: number; failed: number }> {
  const started = Date.now();
  print(`\n${title}: ${files.length} files\n`);
  const counts = { passed: 0, failed: 0 };
  const stream = runTests({ files, concurrency, signal, isolation: "process", timeout: 1_800_000 });
  let last = Date.now();
  // A supervisor that sees no output for long takes the run for dead.
  const alive = setInterval(() => {
    if (Date.now() - last < 30_000) return;
    last = Date.now();
    print(`  ${title} … ${elapsed(Date.now() - started)}\n`);
  }, 5000);
  stream.on("test:summary", (summary) => {
    if (summary.file !== undefined) return;
    counts.passed += summary.counts.passed;
    counts.failed +=
      summary.counts.tests - summary.counts.passed - summary.counts.skipped - summary.counts.todo;
  });
  for await (const chunk of stream.compose(new spec())) {
    last = Date.now();
    print(chunk as string);
  }
  clearInterval(alive);
  return counts;
}
