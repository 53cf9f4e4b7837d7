import { celery } from "./celery/main.ts";
import { serve } from "./http/server.ts";
import { python } from "./manage/main.ts";
import { BootError } from "./settings.ts";

/** One bundle behind three commands of the image: `python manage.py ...`, `celery ...`, `gunicorn ...`. */
const [program, ...args] = process.argv.slice(2);

async function run(): Promise<number> {
  if (program === "celery") return celery(args);
  if (program === "gunicorn") return serve(args);
  return python(args);
}

run().then(
  (code) => process.exit(code),
  (error: Error) => {
    const line = error instanceof BootError ? error.message : `${error.name}: ${error.message}`;
    process.stderr.write(`${line}\n`);
    process.exit(1);
  },
);
