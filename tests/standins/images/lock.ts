import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while no other process on this machine holds the same name. The lock is a Linux abstract
 * socket: the kernel frees it when its holder dies, however that happens.
 *
 * @param waiting called once when another process holds it.
 */
export async function exclusively<T>(name: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  const holder = createServer();
  const take = (): Promise<boolean> =>
    new Promise((resolve, reject) => {
      holder.once("error", (error: NodeJS.ErrnoException) =>
        error.code === "EADDRINUSE" ? resolve(false) : reject(error),
      );
      holder.listen(`\0${name}`, () => resolve(true));
    });
  if (!(await take())) {
    waiting();
    do await sleep(200);
    while (!(await take()));
  }
  try {
    return await work();
  } finally {
    holder.close();
  }
}
