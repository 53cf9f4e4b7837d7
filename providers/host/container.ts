/** Whether an error of `docker exec` means that the container is missing, stopped or restarting. */
export function containerIsDown(error: unknown): boolean {
  return (
    error instanceof Error && /No such container|is not running|is restarting|is paused/i.test(error.message)
  );
}
