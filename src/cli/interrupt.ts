const interruptPatienceMs = 15_000;

/**
 * The first Ctrl-C asks, the second leaves: the run's lease then runs out, and nothing half-done remains.
 * `clear` takes lines away that are rewritten, before a word stands below them.
 */
export function cancelOnInterrupt(
  cancel: () => Promise<unknown>,
  abandon: () => Promise<unknown>,
  clear: () => void,
) {
  let interrupted = false;
  const onInterrupt = () => {
    if (interrupted) {
      const exit = () => process.exit(130);
      setTimeout(exit, 500);
      abandon().then(exit, exit);
      return;
    }
    interrupted = true;
    // Without a database nobody hears the request.
    setTimeout(() => process.exit(130), interruptPatienceMs).unref();
    clear();
    process.stderr.write("Canceling… (Ctrl-C again leaves at once)\n");
    cancel().catch(() => {});
  };
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onInterrupt);
  return {
    happened: () => interrupted,
    release() {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onInterrupt);
    },
  };
}
